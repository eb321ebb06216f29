/**
 * Whether some text fits both of two patterns with `*` and `?`. Costs the product of their lengths, so it is for linting, not for deciding;
 * patterns longer than 2,000 characters count as overlapping.
 */
export function globsOverlap(a: string, b: string): boolean {
  if (a.length > 2000 || b.length > 2000) return true
  // row[j]: some text fits a up to i and b up to j.
  let row = startRow(b)
  for (let i = 1; i <= a.length; i++) {
    const letter = a[i - 1] ?? ''
    const next: boolean[] = [letter === '*' && row[0] === true]
    for (let j = 1; j <= b.length; j++) {
      const other = b[j - 1] ?? ''
      // A star is empty, or takes one more letter of the other pattern.
      if (letter === '*' || other === '*') next.push(row[j] === true || next[j - 1] === true)
      else next.push((letter === other || letter === '?' || other === '?') && row[j - 1] === true)
    }
    row = next
  }
  return row[b.length] === true
}

function startRow(pattern: string): boolean[] {
  const row = [true]
  for (let j = 1; j <= pattern.length; j++) row.push(row[j - 1] === true && pattern[j - 1] === '*')
  return row
}
