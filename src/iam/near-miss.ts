/** How many letters must change, go or come to make one text of another, at most `limit` + 1. */
export function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return Math.min(row[b.length] ?? 0, limit + 1)
}

/** The nearest of some names, compared without case, when it is near enough to have been meant. */
export function nearMiss(text: string, names: readonly string[], limit = 2): string | undefined {
  const lower = text.toLowerCase()
  let best: string | undefined
  let least = limit + 1
  for (const name of names) {
    const distance = editDistance(lower, name.toLowerCase(), limit)
    if (distance < least) {
      best = name
      least = distance
    }
  }
  return best
}
