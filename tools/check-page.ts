import { subjectKinds, type AnyCheck, type Joint } from '#joints/define.ts'

/** All that a check's page is made of. */
export interface Page {
  readonly joint: Joint
  readonly check: AnyCheck
  readonly docs: string
  /** The failing fixture, what the terminal prints for it, and the passing one. */
  readonly fail: string
  readonly snapshot: string
  readonly pass: string
}

const sections = ['Why it matters', 'When this is fine', 'Fix it by hand']

/** @throws when a section of docs.md holds nothing yet. */
export function checkPage({ joint, check, docs, fail, snapshot, pass }: Page): string {
  for (const section of sections)
    if (isEmpty(docs, section)) throw new Error(`src/joints/${check.id}/docs.md: the section "${section}" is empty`)
  const link = joint.links.find(candidate => candidate.checks.includes(check))
  const severities = [check.severity, ...(check.severities ?? []).filter(other => other !== check.severity)]
  return [
    `<!-- Made by npm run docs from src/joints/${check.id}; edit that. -->`,
    `# ${check.id}`,
    `${check.title}.`,
    table([
      ['severity', severities.join(', ')],
      ['joint', `${joint.title} (\`${joint.id}\`)`],
      [
        'speaks about',
        `${subjectKinds(check)
          .map(kind => `\`${kind}\``)
          .join(', ')}${link === undefined ? '' : `, at the link "${link.title}"`}`,
      ],
      ['reads', check.reads.map(kind => `\`${kind}\``).join(', ')],
      ['since', check.since],
    ]),
    docs.trim(),
    '## What it looks like',
    fenced('text', snapshot),
    'From this input:',
    fenced('yaml', fail),
    '## What passes',
    fenced('yaml', pass),
    '## Sources',
    check.sources.map(source => `- <${source}>`).join('\n'),
    '',
  ]
    .join('\n\n')
    .replace(/\n+$/, '\n')
}

export function indexPage(joints: readonly Joint[], pages: readonly Page[]): string {
  const parts = joints.map(joint => {
    const rows = pages
      .filter(page => page.joint === joint)
      .map(({ check }) => `| [${check.id}](${check.id}.md) | ${check.severity} | ${check.title} |`)
    return `## ${joint.title}\n\n| check | severity | what is wrong when it fires |\n| --- | --- | --- |\n${rows.join('\n')}`
  })
  return `<!-- Made by npm run docs from src/joints; edit that. -->\n\n# Checks\n\n${parts.join('\n\n')}\n`
}

function isEmpty(docs: string, section: string): boolean {
  const body = docs.split(`## ${section}\n`)[1]?.split(/^## /m)[0] ?? ''
  return body.replace(/<!--.*?-->/gs, '').trim() === ''
}

const table = (rows: readonly (readonly [string, string])[]): string =>
  `| | |\n| --- | --- |\n${rows
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `| ${name} | ${value} |`)
    .join('\n')}`

const fenced = (language: string, text: string): string => `\`\`\`${language}\n${text.trimEnd()}\n\`\`\``
