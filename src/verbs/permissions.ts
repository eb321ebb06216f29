import { clusterKinds } from '#joints/access-cluster-subjects.ts'
import { kindsToRead } from '#joints/all.ts'
import { networkKinds } from '#joints/network.ts'
import { isKubernetesKind } from '#model/kinds.ts'
import { awsPermissions } from '#sources/aws/operations.ts'
import { kubernetesPermissions } from '#sources/kubernetes/permissions.ts'
import { kindsForAccess } from './can.ts'
import { chooseChecks, type Selection } from './choose.ts'

export interface Permissions {
  /** An IAM policy document for the identity that scans. */
  readonly aws: unknown
  /** A ClusterRole for it. */
  readonly kubernetes: unknown
}

/**
 * The least that a scan of the chosen checks must be allowed to read, on both sides. It writes nothing.
 * @param questions also what `can`, `who-can`, `access` and `reach` read, and what `scan --save` keeps for them
 */
export function permissions(selection: Selection = {}, questions = false): Permissions {
  const chosen = chooseChecks(selection)
  const kinds = [
    ...new Set([...kindsToRead(chosen.joints, chosen.check), ...(questions ? [...kindsForAccess, ...clusterKinds, ...networkKinds] : [])]),
  ].sort()
  return {
    aws: awsPermissions(kinds.filter(kind => !isKubernetesKind(kind))),
    kubernetes: {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: 'mortise-scan' },
      rules: kubernetesPermissions(kinds.filter(isKubernetesKind)),
    },
  }
}
