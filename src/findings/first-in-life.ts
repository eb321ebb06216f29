import type { Cause } from './diagnosis.ts'

/**
 * What breaks first in the life of a pod, for workloads of which no text tells: it gets its interface and its volumes before its containers start,
 * and its identity before AWS is asked for anything. Within a joint the order of the chain.
 */
const life: readonly string[] = [
  'security-groups-for-pods',
  'ebs-encryption',
  'irsa',
  'pod-identity',
  'secrets-store',
  'network-policy',
  'container-insights',
  'guardduty',
]

/** The break that comes first. */
export const firstInLife = (breaks: readonly Cause[]): Cause | undefined =>
  [...breaks].sort((a, b) => life.indexOf(a.joint) - life.indexOf(b.joint))[0]
