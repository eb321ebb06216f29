/** One line of a comparison. */
export interface DiffLine {
  readonly sign: ' ' | '-' | '+'
  readonly text: string
}

/** Unchanged lines that are shown before and after a changed one. */
const context = 2
/** Beyond this the table would cost more than the diff says. */
const most = 400

/** What changed from one text to the other by their longest common subsequence, with a little of what did not. */
export function lineDiff(before: readonly string[], after: readonly string[]): readonly DiffLine[] {
  if (before.length > most || after.length > most) {
    return [...before.map(text => ({ sign: '-' as const, text })), ...after.map(text => ({ sign: '+' as const, text }))]
  }
  const common = commonLengths(before, after)
  const lines: DiffLine[] = []
  let [i, j] = [0, 0]
  while (i < before.length || j < after.length) {
    const [old, now] = [before[i], after[j]]
    if (old !== undefined && old === now) {
      lines.push({ sign: ' ', text: old })
      i += 1
      j += 1
    } else if (old !== undefined && (now === undefined || (common[i + 1]?.[j] ?? 0) >= (common[i]?.[j + 1] ?? 0))) {
      lines.push({ sign: '-', text: old })
      i += 1
    } else {
      lines.push({ sign: '+', text: now ?? '' })
      j += 1
    }
  }
  return nearChanges(lines)
}

/** `[i][j]`: how many lines `before` from i on and `after` from j on have in common. */
function commonLengths(before: readonly string[], after: readonly string[]): readonly (readonly number[])[] {
  const table = Array.from({ length: before.length + 1 }, () => new Array<number>(after.length + 1).fill(0))
  for (let i = before.length - 1; i >= 0; i -= 1) {
    const row = table[i] as number[]
    const below = table[i + 1] as number[]
    for (let j = after.length - 1; j >= 0; j -= 1) {
      row[j] = before[i] === after[j] ? (below[j + 1] ?? 0) + 1 : Math.max(below[j] ?? 0, row[j + 1] ?? 0)
    }
  }
  return table
}

function nearChanges(lines: readonly DiffLine[]): readonly DiffLine[] {
  const isNear = (index: number) => lines.slice(Math.max(0, index - context), index + context + 1).some(line => line.sign !== ' ')
  const shown: DiffLine[] = []
  let isCut = false
  for (const [index, line] of lines.entries()) {
    if (isNear(index)) shown.push(line)
    else if (!isCut) shown.push({ sign: ' ', text: '…' })
    isCut = !isNear(index)
  }
  return shown
}
