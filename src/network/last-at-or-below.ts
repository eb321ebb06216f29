/** The index of the last value of an ascending list that is not above the one sought; 0 when all are above. */
export function lastAtOrBelow<T extends number | bigint>(sorted: ArrayLike<T>, sought: T): number {
  let low = 0
  let high = sorted.length - 1
  while (low < high) {
    const middle = (low + high + 1) >>> 1
    if (sorted[middle]! <= sought) low = middle
    else high = middle - 1
  }
  return low
}
