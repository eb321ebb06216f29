import { clean } from './characters.ts'

/**
 * Text from input inside Markdown: it may hold markup, HTML, a mention that would notify somebody, or a reference to an issue.
 * Whatever has a meaning to GitHub's Markdown is written as an entity, and a zero-width space ends mentions and references.
 */
export function escapeMarkdown(text: string): string {
  return clean(text)
    .replace(/[^\p{L}\p{N} ,;'()/=+.…·-]/gu, char => `&#${char.codePointAt(0)};${char === '@' || char === '#' ? '&#8203;' : ''}`)
    .replace(/www\./gi, match => `${match.slice(0, 3)}&#46;`)
    .replace(/^([-+=]|\d+[.)])/, match => `&#8203;${match}`)
}

/** Text as code on one line. In a table a bar ends the cell even inside code, so it is escaped, which GitHub takes back. */
export function codeSpan(text: string): string {
  const inside = clean(text).trim().replaceAll('|', '\\|')
  if (inside === '') return ''
  const fence = '`'.repeat(longestRun(inside) + 1)
  const pad = inside.startsWith('`') || inside.endsWith('`') ? ' ' : ''
  return `${fence}${pad}${inside}${pad}${fence}`
}

/** Lines as a block of code, in a fence that they cannot close. */
export function fenced(text: string): string {
  const fence = '`'.repeat(Math.max(3, longestRun(text) + 1))
  return `${fence}text\n${text}\n${fence}`
}

const longestRun = (text: string): number => (text.match(/`+/g) ?? []).reduce((most, run) => Math.max(most, run.length), 0)
