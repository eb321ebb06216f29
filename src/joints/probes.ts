import type { JointProbe } from './define-probe.ts'
import containerInsights from './container-insights/probe.ts'
import ebsEncryption from './ebs-encryption/probe.ts'
import guardduty from './guardduty/probe.ts'
import irsa from './irsa/probe.ts'
import networkPolicy from './network-policy/probe.ts'
import podIdentity from './pod-identity/probe.ts'
import securityGroups from './security-groups-for-pods/probe.ts'
import secretsStore from './secrets-store/probe.ts'

/** How each joint is tried, in the order of the joints. */
export const probes: readonly JointProbe[] = [
  irsa,
  podIdentity,
  securityGroups,
  networkPolicy,
  secretsStore,
  ebsEncryption,
  containerInsights,
  guardduty,
]
