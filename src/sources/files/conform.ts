import type { Path } from '#model/place.ts'

/**
 * The form a value must have, as far as we rely on it. Fields that are not named may hold anything.
 * `texts` is a list of texts, `labels` a map of texts.
 */
export type Form =
  | 'text'
  | 'number'
  | 'flag'
  | 'texts'
  | 'labels'
  | { readonly list: Form }
  | { readonly fields: Readonly<Record<string, Form>>; readonly required?: readonly string[] }

export interface Misfit {
  readonly path: Path
  /** `must be a text, not a number`. */
  readonly message: string
}

/**
 * The first value that an API server would refuse, or undefined. Nulls are put right as it does: a null field is an absent one,
 * and a null label is an empty text (encoding/json into a Go struct). Changes `value`.
 */
export function conform(value: unknown, form: Form, path: Path = []): Misfit | undefined {
  if (form === 'text' || form === 'number' || form === 'flag') return scalar(value, form, path)
  if (form === 'labels') return isMap(value) ? labels(value, path) : wrong(path, 'a map', value)
  if (form === 'texts' || 'list' in form) {
    if (!Array.isArray(value)) return wrong(path, 'a list', value)
    const each = form === 'texts' ? 'text' : form.list
    return firstOf(value.keys(), index => conform(value[index], each, [...path, index]))
  }
  if (!isMap(value)) return wrong(path, 'a map', value)
  for (const name of form.required ?? []) {
    if (value[name] === undefined || value[name] === null) return { path: [...path, name], message: 'is missing' }
  }
  return fields(value, form.fields, path)
}

const typeOf = { text: 'string', number: 'number', flag: 'boolean' } as const

const scalar = (value: unknown, form: keyof typeof typeOf, path: Path): Misfit | undefined =>
  typeof value === typeOf[form] ? undefined : wrong(path, form === 'flag' ? 'true or false' : `a ${form}`, value)

function labels(map: Record<string, unknown>, path: Path): Misfit | undefined {
  for (const name of Object.keys(map)) {
    if (map[name] === null) map[name] = ''
    if (typeof map[name] !== 'string') return wrong([...path, name], 'a text', map[name])
  }
  return undefined
}

function fields(map: Record<string, unknown>, forms: Readonly<Record<string, Form>>, path: Path): Misfit | undefined {
  for (const name of Object.keys(forms)) {
    if (!Object.hasOwn(map, name)) continue
    if (map[name] === null) {
      delete map[name]
      continue
    }
    const misfit = conform(map[name], forms[name] as Form, [...path, name])
    if (misfit !== undefined) return misfit
  }
  return undefined
}

function firstOf<T>(items: Iterable<T>, judge: (item: T) => Misfit | undefined): Misfit | undefined {
  for (const item of items) {
    const misfit = judge(item)
    if (misfit !== undefined) return misfit
  }
  return undefined
}

export const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const wrong = (path: Path, expected: string, value: unknown): Misfit => ({ path, message: `must be ${expected}, not ${described(value)}` })

function described(value: unknown): string {
  if (value === null) return 'empty'
  if (Array.isArray(value)) return 'a list'
  const type = typeof value
  return type === 'object' ? 'a map' : type === 'string' ? 'a text' : type === 'boolean' ? String(value) : `a ${type}`
}
