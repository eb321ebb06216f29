import type { JointSymptoms, Recognised } from './define-symptoms.ts'
import { recognise } from './define-symptoms.ts'
import clusterAccess from './cluster-access/symptoms.ts'
import containerInsights from './container-insights/symptoms.ts'
import ebsEncryption from './ebs-encryption/symptoms.ts'
import guardduty from './guardduty/symptoms.ts'
import irsa from './irsa/symptoms.ts'
import networkPolicy from './network-policy/symptoms.ts'
import nodeCredentials from './node-credentials/symptoms.ts'
import podIdentity from './pod-identity/symptoms.ts'
import secretsStore from './secrets-store/symptoms.ts'
import securityGroupsForPods from './security-groups-for-pods/symptoms.ts'

/** What every joint recognises, in the order of the joints. */
export const jointSymptoms: readonly JointSymptoms[] = [
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

/** What a text shows, one for each joint that knows it; those that hide their cause come last. */
export function recognised(text: string): readonly Recognised[] {
  const found = jointSymptoms.flatMap(symptoms => recognise(symptoms, text) ?? [])
  return [...found.filter(each => each.symptom.hidden === undefined), ...found.filter(each => each.symptom.hidden !== undefined)]
}

const ofAnyPod = new Set(jointSymptoms.filter(each => each.ofAnyPod === true).map(({ joint }) => joint))

/** Whether a pod without a chain of the joint may show its symptoms. */
export const isOfAnyPod = (joint: string): boolean => ofAnyPod.has(joint)
