/** Addresses and blocks as numbers, one at a time: slow, and easy to believe. */
export interface Address {
  readonly family: 4 | 6
  readonly value: bigint
}
export interface Block {
  readonly family: 4 | 6
  /** The network address: host bits are off. */
  readonly value: bigint
  readonly length: number
}

export const bitsOf = (family: 4 | 6): number => (family === 4 ? 32 : 128)

export function addressOf(text: string): Address {
  if (!text.includes(':')) {
    const parts = text.split('.')
    if (parts.length !== 4 || parts.some(part => !/^\d{1,3}$/.test(part) || Number(part) > 255)) throw new Error(`no address: ${text}`)
    return { family: 4, value: parts.reduce((value, part) => value * 256n + BigInt(part), 0n) }
  }
  const [head = '', tail] = text.split('::')
  const groups = (side: string | undefined) => (side === undefined || side === '' ? [] : side.split(':'))
  const left = groups(head)
  const right = groups(tail)
  const missing = 8 - left.length - right.length
  if (missing < 0 || (tail === undefined && missing !== 0)) throw new Error(`no address: ${text}`)
  const all = [...left, ...Array.from({ length: missing }, () => '0'), ...right]
  return { family: 6, value: all.reduce((value, group) => value * 65536n + BigInt(`0x${group}`), 0n) }
}

/** A block, or a single address as the block of itself. */
export function blockOf(text: string): Block {
  const [address = '', length] = text.split('/')
  const { family, value } = addressOf(address)
  const bits = bitsOf(family)
  const size = length === undefined ? bits : Number(length)
  const hostBits = BigInt(bits - size)
  return { family, value: (value >> hostBits) << hostBits, length: size }
}

export function contains(block: Block, address: Address): boolean {
  const hostBits = BigInt(bitsOf(block.family) - block.length)
  return block.family === address.family && address.value >> hostBits === block.value >> hostBits
}

export const within = (cidr: string, address: string): boolean => contains(blockOf(cidr), addressOf(address))

export const sameAddress = (one: string, other: string): boolean => {
  const [a, b] = [addressOf(one), addressOf(other)]
  return a.family === b.family && a.value === b.value
}

export const nameOf = ({ family, value, length }: Block): string => `${family}:${value.toString(16)}/${length}`
