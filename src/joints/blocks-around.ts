import { cidrText, containsCidr, parseCidr, type Cidr } from '#network/addresses.ts'

const bitsOf = { 4: 32, 6: 128 } as const

/** The fewest blocks that are the block without its excepts, in order; undefined when a text is no block. */
export function blocksAround(block: string, excepts: readonly string[]): readonly string[] | undefined {
  const outer = parseCidr(block)
  const holes = excepts.map(parseCidr)
  if (outer === undefined || holes.includes(undefined)) return undefined
  return around(
    outer,
    holes.filter(hole => hole !== undefined),
  ).map(cidrText)
}

function around(block: Cidr, holes: readonly Cidr[]): Cidr[] {
  const inside = holes.filter(hole => containsCidr(block, hole))
  if (holes.some(hole => containsCidr(hole, block))) return []
  if (inside.length === 0) return [block]
  const prefix = block.prefix + 1
  const upper = block.value + (1n << BigInt(bitsOf[block.family] - prefix))
  return [...around({ ...block, prefix }, inside), ...around({ ...block, prefix, value: upper }, inside)]
}
