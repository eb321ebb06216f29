import type { JointProbe } from './define-probe.ts'
import irsa from './irsa/probe.ts'
import networkPolicy from './network-policy/probe.ts'
import podIdentity from './pod-identity/probe.ts'
import secretsStore from './secrets-store/probe.ts'

/** How each joint is tried, in the order of the joints. */
export const probes: readonly JointProbe[] = [irsa, podIdentity, networkPolicy, secretsStore]
