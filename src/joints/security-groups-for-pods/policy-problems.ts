import type { Path } from '#model/place.ts'
import { securityGroupsOfPod } from '#network/security-group-policy.ts'
import type { Policy } from './workload-groups.ts'

export interface PolicyFault {
  readonly path: Path
  /** In lower case, no full stop. */
  readonly problem: string
}

/** What the controller passes over in this policy. It says so of every pod of the namespace alike. */
export function problemsOf({ body }: Policy): readonly PolicyFault[] {
  const metadata = { name: 'any', namespace: body.metadata.namespace }
  const found = securityGroupsOfPod({ metadata }, { metadata }, [body])
  return 'refused' in found ? [] : found.problems.map(({ policy, problem }) => ({ path: policy.path, problem }))
}
