import type { JointBlueprint } from './define-blueprint.ts'
import irsa from './irsa/blueprint.ts'
import networkPolicy from './network-policy/blueprint.ts'
import podIdentity from './pod-identity/blueprint.ts'
import secretsStore from './secrets-store/blueprint.ts'
import securityGroupsForPods from './security-groups-for-pods/blueprint.ts'

/** How each joint is made, in the order in which they can be: what later ones stand on comes first. */
export const jointBlueprints: readonly JointBlueprint[] = [irsa, podIdentity, secretsStore, securityGroupsForPods, networkPolicy]
