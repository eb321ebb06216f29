/** An address: 32 or 128 bits. An IPv4 address that is mapped into IPv6 (`::ffff:10.0.0.1`) is the IPv4 address. RFC 4291, 2.5.5.2. */
export interface Address {
  readonly family: 4 | 6
  readonly value: bigint
}

/** A block of addresses, its host bits cleared: `10.0.0.7/8` is 10.0.0.0/8, as net.ParseCIDR reads it. */
export interface Cidr extends Address {
  readonly prefix: number
}

const mapped = 0xffffn << 32n
const bitsOf = { 4: 32, 6: 128 } as const

/** Undefined when the text is no address. Leading zeros are decimal, as in Kubernetes (ParseIPSloppy); zones (`%eth0`) are not addresses. */
export function parseAddress(text: string): Address | undefined {
  const four = parseFour(text)
  if (four !== undefined) return { family: 4, value: BigInt(four) }
  const six = parseSix(text)
  if (six === undefined) return undefined
  return six >> 32n === mapped >> 32n ? { family: 4, value: six & 0xffffffffn } : { family: 6, value: six }
}

/** Undefined when the text is no block: an address, a slash, and a prefix length that fits. */
export function parseCidr(text: string): Cidr | undefined {
  const slash = text.indexOf('/')
  if (slash < 0) return undefined
  const length = text.slice(slash + 1)
  if (!/^\d{1,3}$/.test(length)) return undefined
  const address = parseAddress(text.slice(0, slash))
  if (address === undefined) return undefined
  const prefix = address.family === 4 && text.includes(':') ? Number(length) - 96 : Number(length)
  if (prefix < 0 || prefix > bitsOf[address.family]) return undefined
  return { family: address.family, value: clearHostBits(address, prefix), prefix }
}

/** An address as the block of that address alone. */
export const hostCidr = (address: Address): Cidr => ({ ...address, prefix: bitsOf[address.family] })

function clearHostBits({ family, value }: Address, prefix: number): bigint {
  const host = BigInt(bitsOf[family] - prefix)
  return (value >> host) << host
}

/** The first address after the block. */
export const endOf = ({ family, value, prefix }: Cidr): bigint => value + (1n << BigInt(bitsOf[family] - prefix))

export const containsAddress = (cidr: Cidr, address: Address): boolean =>
  cidr.family === address.family && clearHostBits(address, cidr.prefix) === cidr.value

/** Whether every address of `inner` is in `outer`. */
export const containsCidr = (outer: Cidr, inner: Cidr): boolean => outer.prefix <= inner.prefix && containsAddress(outer, inner)

export const addressText = ({ family, value }: Address): string => (family === 4 ? fourText(Number(value)) : sixText(value))

const fourText = (value: number): string => `${value >>> 24}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`

export const cidrText = (cidr: Cidr): string => `${addressText(cidr)}/${cidr.prefix}`

/** Of up to nine digits each, by hand: every pod of a cluster has an address, and it is read more often than anything else. */
function parseFour(text: string): number | undefined {
  let [value, part, digits, dots] = [0, 0, 0, 0]
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit === 46) {
      if (digits === 0 || part > 255 || dots === 3) return undefined
      value = value * 256 + part
      dots += 1
      part = 0
      digits = 0
    } else {
      if (unit < 48 || unit > 57 || digits === 9) return undefined
      part = part * 10 + unit - 48
      digits += 1
    }
  }
  return dots === 3 && digits > 0 && part <= 255 ? value * 256 + part : undefined
}

function parseSix(text: string): bigint | undefined {
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const head = groups(halves[0]!, halves.length === 1)
  const tail = halves.length === 2 ? groups(halves[1]!, true) : []
  if (head === undefined || tail === undefined) return undefined
  const missing = 8 - head.length - tail.length
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined
  return [...head, ...Array<number>(missing).fill(0), ...tail].reduce((value, group) => (value << 16n) | BigInt(group), 0n)
}

/** The 16-bit groups of one side of `::`; the last may be an IPv4 address when the side ends the text. */
function groups(side: string, last: boolean): number[] | undefined {
  if (side === '') return []
  const result: number[] = []
  const parts = side.split(':')
  for (const [i, part] of parts.entries()) {
    const four = last && i === parts.length - 1 ? parseFour(part) : undefined
    if (four !== undefined) result.push(four >>> 16, four & 0xffff)
    else if (/^[0-9a-fA-F]{1,4}$/.test(part)) result.push(Number.parseInt(part, 16))
    else return undefined
  }
  return result
}

/** RFC 5952: lower case, the longest run of zero groups as `::`. */
function sixText(value: bigint): string {
  const parts = Array.from({ length: 8 }, (_, i) => Number((value >> BigInt(112 - 16 * i)) & 0xffffn).toString(16))
  let best = { start: -1, length: 1 }
  for (let start = 0; start < 8; start++) {
    let length = 0
    while (start + length < 8 && parts[start + length] === '0') length++
    if (length > best.length) best = { start, length }
  }
  if (best.start < 0) return parts.join(':')
  return `${parts.slice(0, best.start).join(':')}::${parts.slice(best.start + best.length).join(':')}`
}
