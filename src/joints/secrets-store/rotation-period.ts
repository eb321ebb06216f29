import type { Evidence } from '#model/resource.ts'
import type { Secret } from './stored.ts'

export interface RotationPeriod {
  readonly milliseconds: number
  /** `30 days`, `4 hours`. */
  readonly text: string
  readonly at: Evidence
}

/**
 * The time between two rotations, of a schedule that is a rate; undefined of others, and of secrets that are not rotated.
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_schedule.html
 */
export function rotationPeriod(secret: Secret): RotationPeriod | undefined {
  const { RotationEnabled, RotationRules } = secret.body
  if (RotationEnabled !== true || RotationRules === undefined) return undefined
  const { ScheduleExpression, AutomaticallyAfterDays } = RotationRules
  const [, number, unit] = /^rate\(\s*(\d+)\s+(hour|day)s?\s*\)$/.exec(ScheduleExpression ?? '') ?? []
  if (number !== undefined && unit !== undefined) {
    const milliseconds = Number(number) * (unit === 'hour' ? 3_600_000 : 86_400_000)
    return { milliseconds, text: `${number} ${unit}s`, at: secret.at(['RotationRules', 'ScheduleExpression'], 'how often it is rotated') }
  }
  if (ScheduleExpression !== undefined || AutomaticallyAfterDays === undefined) return undefined
  return {
    milliseconds: AutomaticallyAfterDays * 86_400_000,
    text: `${AutomaticallyAfterDays} days`,
    at: secret.at(['RotationRules', 'AutomaticallyAfterDays'], 'how often it is rotated'),
  }
}
