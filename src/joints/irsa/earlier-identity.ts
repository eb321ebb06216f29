import { Unread } from '#base/errors.ts'
import type { Workload } from '#joints/workloads.ts'
import type { Defined, Identity } from './identity.ts'
import type { Seat } from './webhook.ts'

/** Static keys, which every SDK takes before anything else. */
export interface StaticKeys {
  readonly seat: Seat
  readonly is: 'static-keys'
  readonly variables: readonly Defined[]
}

/** Whether a container surely has static keys; where an optional secret or a profile decides, that is what is not known. */
export function staticKeysIn(
  workload: Workload,
  seat: Seat,
  identity: Extract<Identity, { readonly by: 'static-keys' | 'profile' }>,
): StaticKeys | Unread {
  if (identity.by === 'profile') {
    const reason = `what the profile in ${identity.variable.name} holds`
    return untold(workload, seat, reason, 'run aws sts get-caller-identity in the container')
  }
  return identity.variables.some(isOptional)
    ? untold(workload, seat, 'whether an optional secret holds static keys', 'look which keys the secret has, with kubectl describe secret')
    : { seat, is: 'static-keys', variables: identity.variables }
}

const isOptional = ({ variable: { valueFrom } }: Defined): boolean =>
  valueFrom?.secretKeyRef?.optional === true || valueFrom?.configMapKeyRef?.optional === true

/** What a pod spec does not tell of one container. */
export const untold = ({ resource }: Workload, seat: Seat, reason: string, step: string): Unread =>
  new Unread({ kind: resource.kind, id: resource.id, reason: `container ${seat.container.name}: ${reason}`, settle: { by: 'user', step } })
