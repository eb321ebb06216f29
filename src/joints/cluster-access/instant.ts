/** Milliseconds; undefined when it does not tell. Answers of the APIs carry texts, those of some tools numbers of seconds. */
export function instantOf(value: unknown): number | undefined {
  const instant = typeof value === 'number' ? value * 1000 : typeof value === 'string' ? Date.parse(value) : Number.NaN
  return Number.isNaN(instant) ? undefined : instant
}
