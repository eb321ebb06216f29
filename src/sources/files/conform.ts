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
export function conform(value: unknown, form: Form): Misfit | undefined {
  if (form === 'text' || form === 'number' || form === 'flag') return scalar(value, form)
  if (form === 'labels') return isMap(value) ? labels(value) : wrong('a map', value)
  if (form === 'texts') return list(value, 'text')
  if ('list' in form) return list(value, form.list)
  if (!isMap(value)) return wrong('a map', value)
  for (const name of form.required ?? []) {
    if (value[name] === undefined || value[name] === null) return { path: [name], message: 'is missing' }
  }
  return fields(value, form.fields)
}

const typeOf = { text: 'string', number: 'number', flag: 'boolean' } as const

const scalar = (value: unknown, form: keyof typeof typeOf): Misfit | undefined =>
  typeof value === typeOf[form] ? undefined : wrong(form === 'flag' ? 'true or false' : `a ${form}`, value)

function labels(map: Record<string, unknown>): Misfit | undefined {
  for (const name of Object.keys(map)) {
    if (map[name] === null) map[name] = ''
    if (typeof map[name] !== 'string') return under(name, wrong('a text', map[name]))
  }
  return undefined
}

function list(value: unknown, each: Form): Misfit | undefined {
  if (!Array.isArray(value)) return wrong('a list', value)
  for (let index = 0; index < value.length; index += 1) {
    const misfit = conform(value[index], each)
    if (misfit !== undefined) return under(index, misfit)
  }
  return undefined
}

function fields(map: Record<string, unknown>, forms: Readonly<Record<string, Form>>): Misfit | undefined {
  for (const name in forms) {
    if (!Object.hasOwn(map, name)) continue
    if (map[name] === null) {
      delete map[name]
      continue
    }
    const misfit = conform(map[name], forms[name] as Form)
    if (misfit !== undefined) return under(name, misfit)
  }
  return undefined
}

const under = (step: string | number, misfit: Misfit): Misfit => ({ ...misfit, path: [step, ...misfit.path] })

export const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const wrong = (expected: string, value: unknown): Misfit => ({ path: [], message: `must be ${expected}, not ${described(value)}` })

function described(value: unknown): string {
  if (value === null) return 'empty'
  if (Array.isArray(value)) return 'a list'
  const type = typeof value
  return type === 'object' ? 'a map' : type === 'string' ? 'a text' : type === 'boolean' ? String(value) : `a ${type}`
}
