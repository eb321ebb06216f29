import type { JointBlueprint } from './define-blueprint.ts'
import clusterAccess from './cluster-access/blueprint.ts'
import containerInsights from './container-insights/blueprint.ts'
import ebsEncryption from './ebs-encryption/blueprint.ts'
import guardduty from './guardduty/blueprint.ts'
import irsa from './irsa/blueprint.ts'
import networkPolicy from './network-policy/blueprint.ts'
import nodeCredentials from './node-credentials/blueprint.ts'
import podIdentity from './pod-identity/blueprint.ts'
import secretsStore from './secrets-store/blueprint.ts'
import securityGroupsForPods from './security-groups-for-pods/blueprint.ts'

/** How each joint is made, in the order in which they can be: what later ones stand on comes first. */
export const jointBlueprints: readonly JointBlueprint[] = [
  clusterAccess,
  irsa,
  podIdentity,
  secretsStore,
  ebsEncryption,
  containerInsights,
  guardduty,
  securityGroupsForPods,
  networkPolicy,
  nodeCredentials,
]
