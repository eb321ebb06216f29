import { scanJson } from './scan-json.ts'

export type Decoded =
  | {
      readonly is: 'document'
      readonly value: unknown
      /** It was a text: places inside it lie within that text. */ readonly wasText: boolean
    }
  | { readonly is: 'not-json'; readonly why: string }

const why = { start: 'it does not start with {', twice: 'a key stands twice in it' }

/**
 * A policy document as people save it: an object, JSON text, or URL-encoded JSON text (RFC 3986, as the IAM API sends it).
 */
export function decodePolicy(value: unknown): Decoded {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { is: 'document', value, wasText: false }
  if (typeof value !== 'string') return { is: 'not-json', why: 'it is neither a map nor a text' }
  const text = plainText(value)
  if (text === undefined) return { is: 'not-json', why: why.start }
  try {
    const document: unknown = JSON.parse(text)
    const extent = scanJson(text, text.indexOf('{'))
    if ('message' in extent) return { is: 'not-json', why: extent.message }
    if (extent.twice.length > 0) return { is: 'not-json', why: why.twice }
    return { is: 'document', value: document, wasText: true }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return { is: 'not-json', why: 'its text does not parse' }
  }
}

function plainText(text: string): string | undefined {
  if (/^\s*\{/.test(text)) return text
  if (!/^\s*%7B/i.test(text)) return undefined
  try {
    return decodeURIComponent(text)
  } catch (error) {
    if (!(error instanceof URIError)) throw error
    return undefined
  }
}
