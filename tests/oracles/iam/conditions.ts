import { expand, fits, literal, partsFit, piecesFit, type Word } from './text.ts'

type Lookup = (key: string) => 'absent' | 'unknown' | readonly string[]

export interface Setting {
  readonly version: string | undefined
  readonly lookup: Lookup
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition.html: AND over operators and keys. */
export function conditionWord(block: unknown, setting: Setting): Word {
  if (block === undefined) return 'yes'
  if (typeof block !== 'object' || block === null || Array.isArray(block)) return 'maybe'
  const words = Object.entries(block).flatMap(([operator, keys]): Word[] => {
    if (!isOperator(operator) || typeof keys !== 'object' || keys === null || Array.isArray(keys)) return ['maybe']
    return Object.entries(keys as Record<string, unknown>).map(([key, values]) => lineWord(operator, key, values, setting))
  })
  return every(words)
}

export function every(words: readonly Word[]): Word {
  return words.includes('no') ? 'no' : words.includes('maybe') ? 'maybe' : 'yes'
}

export function some(words: readonly Word[]): Word {
  return words.includes('yes') ? 'yes' : words.includes('maybe') ? 'maybe' : 'no'
}

const PLAIN =
  'StringEquals StringNotEquals StringEqualsIgnoreCase StringNotEqualsIgnoreCase StringLike StringNotLike ArnEquals ArnNotEquals ArnLike ArnNotLike NumericEquals NumericNotEquals NumericLessThan NumericLessThanEquals NumericGreaterThan NumericGreaterThanEquals DateEquals DateNotEquals DateLessThan DateLessThanEquals DateGreaterThan DateGreaterThanEquals Bool BinaryEquals IpAddress NotIpAddress'.split(
    ' ',
  )

/** Spelled out, every operator that AWS documents. */
const ALL = new Set([
  'Null',
  ...['', 'ForAllValues:', 'ForAnyValue:'].flatMap(set => PLAIN.flatMap(name => [set + name, `${set}${name}IfExists`])),
])

export function isOperator(text: string): boolean {
  return ALL.has(text)
}

export function validValues(values: unknown): boolean {
  const list = Array.isArray(values) ? values : [values]
  return list.every(each => ['string', 'number', 'boolean'].includes(typeof each))
}

function lineWord(operator: string, key: string, raw: unknown, setting: Setting): Word {
  if (!validValues(raw)) return 'maybe'
  const values = (Array.isArray(raw) ? raw : [raw]).map(String)
  const found = setting.lookup(key)
  if (found === 'unknown') return 'maybe'
  if (operator === 'Null') return values.some(value => value.toLowerCase() === (found === 'absent' ? 'true' : 'false')) ? 'yes' : 'no'
  const [set, name] = operator.includes(':') ? (operator.split(':') as [string, string]) : ['', operator]
  const base = name.replace(/IfExists$/, '')
  const negative = base.includes('Not')
  if (found === 'absent') {
    if (name !== base) return 'yes'
    if (set === 'ForAllValues') return 'yes'
    return set === '' && negative ? 'yes' : 'no'
  }
  const one = (value: string): Word => {
    const word = some(values.map(wanted => compare(base.replace('Not', ''), wanted, value, setting)))
    if (!negative) return word
    return word === 'yes' ? 'no' : word === 'no' ? 'yes' : 'maybe'
  }
  if (set === '') {
    if (found.length > 1) return negative ? 'maybe' : 'no'
    return one(found[0] ?? '')
  }
  const nothing = found.length === 1 && found[0] === ''
  if (set === 'ForAllValues') return nothing ? 'yes' : every(found.map(one))
  return nothing ? 'no' : some(found.map(one))
}

/** One value of the policy against one of the request, by the positive operator. */
function compare(operator: string, wanted: string, given: string, setting: Setting): Word {
  if (operator.startsWith('String')) return compareText(operator, wanted, given, setting)
  if (operator.startsWith('Arn')) {
    if (given.split(':').length < 6 || !given.startsWith('arn:')) return 'no'
    return partsFit(wanted, given, { ...setting, short: 'maybe' })
  }
  if (operator.startsWith('Numeric')) return ordered(operator.slice('Numeric'.length), decimal(given), decimal(wanted))
  if (operator.startsWith('Date')) return ordered(operator.slice('Date'.length), moment(given), moment(wanted))
  if (operator === 'Bool') return compareBool(wanted, given, setting)
  if (operator === 'BinaryEquals') return bytes(wanted) !== undefined && bytes(wanted) === bytes(given) ? 'yes' : 'no'
  return inBlock(wanted, given) ? 'yes' : 'no'
}

function compareText(operator: string, wanted: string, given: string, setting: Setting): Word {
  const pieces = expand(wanted, setting.version, setting.lookup)
  if (pieces === 'nothing') return 'no'
  if (pieces === 'unknown') return 'maybe'
  if (operator === 'StringLike') return piecesFit(pieces, given)
  const text = pieces.map(piece => piece.text).join('')
  if (operator === 'StringEquals') return fits(literal(text), given) ? 'yes' : 'no'
  const fold = (each: string): string => each.replace(/[A-Z]/g, letter => letter.toLowerCase())
  if (fold(text) === fold(given)) return 'yes'
  return text.toLowerCase() === given.toLowerCase() || text.toUpperCase() === given.toUpperCase() ? 'maybe' : 'no'
}

function compareBool(wanted: string, given: string, setting: Setting): Word {
  const same = /^(true|false)$/i.test(wanted) && wanted.toLowerCase() === given.toLowerCase()
  if (same) return 'yes'
  return setting.version === '2012-10-17' && wanted.includes('${') ? 'maybe' : 'no'
}

function decimal(text: string): number | undefined {
  return /^[+-]?\d+(\.\d+)?$/.test(text) ? Number.parseFloat(text) : undefined
}

function moment(text: string): number | undefined {
  if (/^-?\d{5,15}$/.test(text)) return Number.parseInt(text, 10) * 1000
  const match = /^(\d{4})(-\d\d)?(-\d\d)?(T\d\d:\d\d(:\d\d(\.\d+)?)?)?(Z|[+-]\d\d:\d\d)?$/.exec(text)
  if (match === null) return undefined
  const [, year = '', month, day, time, seconds, fraction, zone] = match
  if (
    (day !== undefined && month === undefined) ||
    (time !== undefined && (day === undefined || zone === undefined)) ||
    (time === undefined && zone !== undefined)
  )
    return undefined
  const clock = (time ?? 'T00:00').split('.')[0] + (seconds === undefined ? ':00' : '')
  const millis = (fraction ?? '.000').padEnd(4, '0').slice(0, 4)
  const value = new Date(`${year}${month ?? '-01'}${day ?? '-01'}${clock}${millis}${zone ?? 'Z'}`).getTime()
  if (Number.isNaN(value)) return undefined
  const back = new Date(Date.UTC(Number(year), Number((month ?? '-01').slice(1)) - 1, Number((day ?? '-01').slice(1))))
  return back.getUTCDate() === Number((day ?? '-01').slice(1)) ? value : undefined
}

function ordered(how: string, given: number | undefined, bound: number | undefined): Word {
  if (given === undefined || bound === undefined) return 'no'
  const holds = {
    Equals: given === bound,
    LessThan: given < bound,
    LessThanEquals: given <= bound,
    GreaterThan: given > bound,
    GreaterThanEquals: given >= bound,
  }[how]
  return holds === true ? 'yes' : 'no'
}

function bytes(text: string): string | undefined {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 !== 0) return undefined
  return Buffer.from(text, 'base64').toString('hex')
}

/** Addresses as one big number of their family. */
function address(text: string): { readonly width: 32 | 128; readonly value: bigint } | undefined {
  if (!text.includes(':')) {
    const parts = text.split('.')
    if (parts.length !== 4 || !parts.every(part => /^\d{1,3}$/.test(part) && Number(part) < 256)) return undefined
    return { width: 32, value: parts.reduce((sum, part) => sum * 256n + BigInt(part), 0n) }
  }
  const tail = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text)
  if (tail !== null) {
    const low = address(tail[2] ?? '')
    if (low === undefined) return undefined
    return address(`${tail[1]}${(low.value >> 16n).toString(16)}:${(low.value & 0xffffn).toString(16)}`)
  }
  if (text.split('::').length > 2) return undefined
  const [left = '', right] = text.split('::')
  const split = (half: string): string[] => (half === '' ? [] : half.split(':'))
  const gap = 8 - split(left).length - split(right ?? '').length
  if (right === undefined ? gap !== 0 : gap < 1) return undefined
  const groups = [...split(left), ...Array.from({ length: gap }, () => '0'), ...split(right ?? '')]
  if (!groups.every(group => /^[0-9a-f]{1,4}$/i.test(group))) return undefined
  return { width: 128, value: groups.reduce((sum, group) => sum * 65536n + BigInt(`0x${group}`), 0n) }
}

function inBlock(block: string, given: string): boolean {
  const [base = '', length, ...more] = block.split('/')
  const wanted = address(base)
  const [host = '', hostLength, ...hostMore] = given.split('/')
  const actual = address(host)
  if (wanted === undefined || actual === undefined || more.length > 0 || hostMore.length > 0 || wanted.width !== actual.width) return false
  const bits = length === undefined ? wanted.width : /^\d{1,3}$/.test(length) ? Number(length) : -1
  const hostBits = hostLength === undefined ? actual.width : /^\d{1,3}$/.test(hostLength) ? Number(hostLength) : -1
  if (bits < 0 || bits > wanted.width || hostBits < bits || hostBits > actual.width) return false
  const drop = BigInt(wanted.width - bits)
  return wanted.value >> drop === actual.value >> drop
}
