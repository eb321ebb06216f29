/** Whether an address lies in a block of addresses, `10.0.0.0/8` or `fd00::/8`. Texts that are none lie nowhere. */
export function isInside(address: string, cidr: string): boolean {
  const [base = '', length = ''] = cidr.split('/')
  const [inner, outer] = [parse(address), parse(base)]
  if (inner === undefined || outer === undefined || inner.bits !== outer.bits || !/^\d+$/.test(length)) return false
  const prefix = Number(length)
  if (prefix > inner.bits) return false
  const rest = BigInt(inner.bits - prefix)
  return inner.value >> rest === outer.value >> rest
}

interface Address {
  readonly bits: 32 | 128
  readonly value: bigint
}

const parse = (text: string): Address | undefined => (text.includes(':') ? parseV6(text) : parseV4(text))

function parseV4(text: string): Address | undefined {
  const parts = text.split('.')
  if (parts.length !== 4 || !parts.every(part => /^\d{1,3}$/.test(part) && Number(part) < 256)) return undefined
  return { bits: 32, value: parts.reduce((sum, part) => (sum << 8n) | BigInt(part), 0n) }
}

/** https://www.rfc-editor.org/rfc/rfc4291#section-2.2 */
function parseV6(text: string): Address | undefined {
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const [left = [], right = []] = halves.map(groupsOf)
  const missing = 8 - left.length - right.length
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined
  const groups = [...left, ...Array.from({ length: missing }, () => '0'), ...right]
  if (!groups.every(group => /^[0-9a-f]{1,4}$/i.test(group))) return undefined
  return { bits: 128, value: groups.reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n) }
}

/** The last two groups may be written as an IPv4 address. */
function groupsOf(half: string): readonly string[] {
  const groups = half === '' ? [] : half.split(':')
  const last = groups.at(-1)
  const embedded = last?.includes('.') === true ? parseV4(last) : undefined
  if (embedded === undefined) return groups
  return [...groups.slice(0, -1), (embedded.value >> 16n).toString(16), (embedded.value & 0xffffn).toString(16)]
}
