import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'

/**
 * Gives V8 a space for new objects of one size: 16 MB where a process begins with 2. At the size that it begins with, thousands of collections copy what a
 * check has in hand; left to itself it grows to 64 MB, which a scan of 10,000 pods has not to spare. V8 takes a size only where a process starts; later
 * it multiplies it when enough objects outlive a collection, so some are made that do. https://v8.dev/blog/trash-talk
 */
export function sizeYoungGeneration(): void {
  setFlagsFromString('--semi-space-growth-factor=8')
  const before = spaceForNewObjects()
  const kept: object[] = []
  while (spaceForNewObjects() < 4 * before && kept.length < 100) kept.push(Array.from({ length: 1000 }, (_, index) => ({ index })))
  setFlagsFromString('--semi-space-growth-factor=1')
}

const spaceForNewObjects = (): number => getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space')?.space_size ?? 0
