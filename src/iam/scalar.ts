/** Readers for the values that conditions compare: strict, and undefined for anything that is not one. */

/** A decimal number; `10abc` is none. */
export function parseNumber(text: string): number | undefined {
  if (!isDecimal(text)) return undefined
  return Number(text)
}

function isDecimal(text: string): boolean {
  let at = text.startsWith('-') || text.startsWith('+') ? 1 : 0
  let digits = 0
  let dots = 0
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code >= 48 && code <= 57) digits++
    else if (code === 46 && dots === 0 && digits > 0 && at < text.length - 1) dots++
    else return false
  }
  return digits > 0
}

const DATE = /^(\d{4})(?:-(\d{2})(?:-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(Z|[+-]\d{2}:\d{2}))?)?)?$/
const EPOCH = /^-?\d{5,15}$/

/**
 * Milliseconds since 1970 of a date in the W3C profile of ISO 8601, or of epoch seconds.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_Date
 * Four digits are a year.
 */
export function parseDate(text: string): number | undefined {
  if (EPOCH.test(text)) return Number(text) * 1000
  const parts = DATE.exec(text)
  if (parts === null) return undefined
  const [, year, month = '01', day = '01', hour = '00', minute = '00', second = '00', fraction = '', zone = 'Z'] = parts
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction.padEnd(3, '0').slice(0, 3)}${zone}`)
  if (Number.isNaN(time)) return undefined
  // Date.parse lets 31 February roll over in some engines; a date that does not exist is none.
  return Number(day) <= new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate() ? time : undefined
}

/** `true` or `false` in any case. */
export function parseBool(text: string): boolean | undefined {
  const lower = text.length <= 5 ? text.toLowerCase() : ''
  if (lower === 'true') return true
  return lower === 'false' ? false : undefined
}

/** An address or a block: eight or two groups of sixteen bits, and how many bits count. */
export interface AddressBlock {
  readonly family: 4 | 6
  readonly groups: readonly number[]
  readonly bits: number
}

/** `10.0.0.0/8`, `2001:db8::/32`, or a bare address, which is a block of one. */
export function parseAddressBlock(text: string): AddressBlock | undefined {
  const slash = text.indexOf('/')
  const address = slash === -1 ? text : text.slice(0, slash)
  const groups = address.includes(':') ? parseVersion6(address) : parseVersion4(address)
  if (groups === undefined) return undefined
  const width = groups.length * 16
  if (slash === -1) return { family: groups.length === 2 ? 4 : 6, groups, bits: width }
  const suffix = text.slice(slash + 1)
  if (!/^\d{1,3}$/.test(suffix) || Number(suffix) > width) return undefined
  return { family: groups.length === 2 ? 4 : 6, groups, bits: Number(suffix) }
}

function parseVersion4(text: string): readonly number[] | undefined {
  const parts = text.split('.', 5)
  if (parts.length !== 4 || parts.some(part => !/^\d{1,3}$/.test(part) || Number(part) > 255)) return undefined
  const [a = 0, b = 0, c = 0, d = 0] = parts.map(Number)
  return [a * 256 + b, c * 256 + d]
}

function parseVersion6(text: string): readonly number[] | undefined {
  if (text.length > 45) return undefined
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const left = parseGroups(halves[0] ?? '')
  const right = halves[1] === undefined ? [] : parseGroups(halves[1])
  if (left === undefined || right === undefined) return undefined
  const missing = 8 - left.length - right.length
  if (halves.length === 1) return missing === 0 ? left : undefined
  return missing < 1 ? undefined : [...left, ...Array.from({ length: missing }, () => 0), ...right]
}

function parseGroups(text: string): readonly number[] | undefined {
  if (text === '') return []
  const groups: number[] = []
  const parts = text.split(':')
  for (const [i, part] of parts.entries()) {
    if (part.includes('.')) {
      const tail = i === parts.length - 1 ? parseVersion4(part) : undefined
      if (tail === undefined) return undefined
      groups.push(...tail)
    } else if (/^[0-9a-fA-F]{1,4}$/.test(part)) groups.push(Number.parseInt(part, 16))
    else return undefined
  }
  return groups
}

/** Whether an address lies in a block. Families never mix, so an IPv4 address written as IPv6 is IPv6. */
export function blockHolds(block: AddressBlock, address: AddressBlock): boolean {
  if (block.family !== address.family || address.bits < block.bits) return false
  let left = block.bits
  for (let i = 0; i < block.groups.length && left > 0; i++, left -= 16) {
    const mask = left >= 16 ? 0xffff : (0xffff << (16 - left)) & 0xffff
    if (((block.groups[i] ?? 0) & mask) !== ((address.groups[i] ?? 0) & mask)) return false
  }
  return true
}

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** The bytes of base64 text as text that can be compared, or undefined when it is no base64. */
export function parseBinary(text: string): string | undefined {
  if (text.length % 4 !== 0) return undefined
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  let bits = 0
  let held = 0
  let bytes = ''
  for (let i = 0; i < text.length - padding; i++) {
    const digit = BASE64.indexOf(text[i] ?? '')
    if (digit === -1) return undefined
    held = ((held << 6) | digit) & 0xffffff
    bits += 6
    if (bits >= 8) {
      bits -= 8
      bytes += String.fromCharCode((held >> bits) & 255)
    }
  }
  return bytes
}

/** Lower case for A to Z only. */
export function asciiLower(text: string): string {
  let lower = ''
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    lower += code >= 65 && code <= 90 ? String.fromCharCode(code + 32) : (text[i] ?? '')
  }
  return lower
}
