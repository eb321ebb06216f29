import { allKinds, isKind, isKubernetesKind, kubernetesKinds, type Kind } from '#model/kinds.ts'
import type { Harvest } from './harvest.ts'
import { kindsNamed } from './kubernetes-object.ts'
import type { BrokenDocument } from './parse-documents.ts'
import { quietProblems } from './secret-lines.ts'

/** A `kind` at the left margin of YAML, or anywhere in JSON. */
const kindOfYaml = /^["']?kind["']?[ \t]*:[ \t]*["']?([\w./-]+)/gm
const kindOfJson = /"kind"\s*:\s*"([^"\n]{1,100})"/g

/** Which kinds a document that could not be parsed may hold: those it names, or all when it names none. */
export function kindsIn(text: string): readonly Kind[] {
  const isJson = /^\s*(?:---\s*)?[{[]/.test(text)
  const names = [...text.matchAll(isJson ? kindOfJson : kindOfYaml)].map(match => match[1] ?? '')
  if (names.length === 0 || names.some(name => name.startsWith('mortise/'))) return allKinds
  const kinds = new Set(
    names.flatMap(name => (isKind(name) ? [name] : name.endsWith('List') ? allKinds.filter(isKubernetesKind) : kindsNamed(name))),
  )
  return allKinds.filter(kind => kinds.has(kind) && mayHoldOne(kind, text))
}

/** Of some kinds only some objects count, and the name of one must occur. */
function mayHoldOne(kind: Kind, text: string): boolean {
  const only = isKubernetesKind(kind) ? kubernetesKinds[kind].only : undefined
  return only === undefined || only.some(id => text.includes(id.slice(id.indexOf('/') + 1)))
}

/** Reports it, and makes what it may hold unread: never absent. */
export function takeBroken(harvest: Harvest, document: BrokenDocument, cluster: string | undefined): void {
  const { fragment } = document
  const text = fragment.source.text.slice(fragment.start, fragment.end)
  const problems = quietProblems(document.problems, () => text)
  harvest.problems.push(...problems)
  const place = `${problems[0].file}:${problems[0].line}`
  for (const kind of kindsIn(text)) {
    harvest.unread.push({
      kind,
      where: isKubernetesKind(kind) ? { cluster } : 'anywhere',
      reason: `a document could not be read: ${place}`,
      settle: { by: 'user', step: `correct ${place}` },
    })
  }
}
