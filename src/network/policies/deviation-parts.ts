import type { PolicyInput } from '../input.ts'
import type { Deviation, DeviationName, Direction } from '../policy-layer.ts'
import type { podsOf } from './affected.ts'
import type { AwsTerms } from './aws-terms.ts'
import type { CompiledCluster } from './compile.ts'
import type { PolicyDocument } from './document.ts'
import { referenceOf } from './explain.ts'

/** What one family of deviations needs. */
export interface DeviationSearch {
  readonly compiled: CompiledCluster
  readonly input: PolicyInput
  readonly podsOf: ReturnType<typeof podsOf>
}

export const directions = ['ingress', 'egress'] as const

const noTable = { unenforced: undefined, variants: [], node: undefined, autoMode: false, containerPorts: [] }

export function awsTermsOf({ compiled }: DeviationSearch, policy: PolicyDocument, direction: Direction): AwsTerms {
  return compiled.termsOf(compiled.policies.indexOf(policy), direction, noTable)
}

/** What the controller's own resolution lost, as it was noted there. */
export function noted(search: DeviationSearch, names: readonly DeviationName[]): Deviation[] {
  return search.compiled.policies.flatMap(policy =>
    directions.flatMap(direction =>
      awsTermsOf(search, policy, direction)
        .notes.filter(({ id }) => names.includes(id))
        .map(({ id, term, by, error, detail }): Deviation => {
          const at = { ...referenceOf(term), path: term.path }
          return {
            id,
            at,
            with: by === undefined ? [] : [{ ...referenceOf(by), path: by.path }],
            direction,
            error,
            pods: search.podsOf(policy),
            detail,
          }
        }),
    ),
  )
}
