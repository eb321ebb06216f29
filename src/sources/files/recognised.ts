import type { AwsKind } from '#model/kinds.ts'
import { isMap } from './conform.ts'
import type { Harvest } from './harvest.ts'
import { inside, type Seat } from './seat.ts'
import { takeAws } from './take-aws.ts'
import { takeWholeList } from './take-aws-list.ts'

export type Output = Record<string, unknown>

/** One output of the AWS CLI, told by its top-level keys. */
export interface Recognised {
  readonly when: (output: Output) => boolean
  readonly take: (harvest: Harvest, output: Output, seat: Seat) => void
}

/** An object under one key: the output of a `describe` or `get`. */
export const under = (key: string, field: string, kind: AwsKind): Recognised => ({
  when: output => isMap(output[key]) && field in output[key],
  take: (harvest, output, seat) => void takeAws(harvest, kind, output[key] as Output, inside(seat, key)),
})

/** A list that holds every object of the account. */
export const whole = (key: string, kind: AwsKind): Recognised => ({
  when: output => Array.isArray(output[key]),
  take: (harvest, output, seat) => takeWholeList(harvest, kind, output, key, seat),
})
