import type { Validation } from '#findings/validation.ts'
import type { TextOptions } from './diagnostic.ts'
import { validationJson } from './validation-json.ts'
import { validationJunit } from './validation-junit.ts'
import { validationText } from './validation.ts'

export interface ValidationOptions extends TextOptions {
  readonly quiet?: boolean
  /** Mortise's own version. */
  readonly version: string
}

const formats = {
  terminal: validationText,
  json: validationJson,
  junit: validationJunit,
} as const satisfies Record<string, (validation: Validation, options: ValidationOptions) => string>

export const reportValidation = (format: keyof typeof formats, validation: Validation, options: ValidationOptions): string =>
  formats[format](validation, options)
