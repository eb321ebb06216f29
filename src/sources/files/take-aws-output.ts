import { recognised } from './aws-outputs.ts'
import type { Harvest } from './harvest.ts'
import type { Seat } from './seat.ts'

/** Takes an output of the AWS CLI. False: it is none that is known. */
export function takeAwsOutput(harvest: Harvest, output: Record<string, unknown>, seat: Seat): boolean {
  const found = recognised.find(candidate => candidate.when(output))
  found?.take(harvest, output, seat)
  return found !== undefined
}
