import type { Severity } from '#model/verdict.ts'

/**
 * Severity is told by ink, from heavy to faint. Red means one thing only: broken.
 * A table and not node's `styleText`, which looks at the environment: whether there is colour is the caller's decision.
 */
const codes = {
  plain: [],
  bold: [1],
  faint: [2],
  loud: [1, 7],
  broken: [1, 31],
  unknown: [35],
  frame: [2],
  support: [36],
  added: [1],
  removed: [2],
} as const satisfies Record<string, readonly number[]>

export type Style = keyof typeof codes
export type Ink = (style: Style, text: string) => string

export const severityStyle = {
  critical: 'loud',
  high: 'bold',
  medium: 'plain',
  low: 'faint',
  info: 'faint',
} as const satisfies Record<Severity, Style>

export function inkFor(color: boolean): Ink {
  return (style, text) => {
    const code = codes[style].join(';')
    return color && code !== '' && text !== '' ? `\x1b[${code}m${text}\x1b[0m` : text
  }
}
