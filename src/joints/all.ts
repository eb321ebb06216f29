import type { Kind } from '#model/kinds.ts'
import type { AnyCheck, Joint } from './define.ts'
import { subjectKinds } from './define.ts'
import clusterAccess from './cluster-access/joint.ts'
import containerInsights from './container-insights/joint.ts'
import ebsEncryption from './ebs-encryption/joint.ts'
import guardduty from './guardduty/joint.ts'
import irsa from './irsa/joint.ts'
import networkPolicy from './network-policy/joint.ts'
import nodeCredentials from './node-credentials/joint.ts'
import podIdentity from './pod-identity/joint.ts'
import secretsStore from './secrets-store/joint.ts'
import securityGroupsForPods from './security-groups-for-pods/joint.ts'
import { workloadKinds } from './workloads.ts'

/** Every joint, in the order in which tables show them. */
export const joints: readonly Joint[] = [
  irsa,
  podIdentity,
  securityGroupsForPods,
  networkPolicy,
  secretsStore,
  ebsEncryption,
  containerInsights,
  guardduty,
  nodeCredentials,
  clusterAccess,
]

/** Each once: a check may stand on a link and speak wherever the chain breaks as well. */
export const checksOf = (joint: Joint): readonly AnyCheck[] => [...new Set([...joint.links.flatMap(link => link.checks), ...joint.safe])]

/** Each once: a check may stand on chains of several joints. */
export const allChecks: readonly AnyCheck[] = [...new Set(joints.flatMap(checksOf))]

/** The kinds that must be read to ask these checks. */
export function kindsToRead(chosen: readonly Joint[], choose: (check: AnyCheck) => boolean = () => true): readonly Kind[] {
  const kinds = new Set<Kind>()
  for (const joint of chosen) {
    for (const kind of joint.reads) kinds.add(kind)
    for (const check of checksOf(joint).filter(choose)) {
      for (const kind of check.reads) kinds.add(kind)
      for (const subject of subjectKinds(check)) for (const kind of subject === 'workload' ? workloadKinds : [subject]) kinds.add(kind)
    }
  }
  return [...kinds].sort()
}
