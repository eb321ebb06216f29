import type { AskedChain } from './asked-chains.ts'
import type { Diagnosis } from './diagnosis.ts'
import type { Finding } from './finding.ts'

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

/** The break that comes first, with the link that it is on. */
export function quietOrder(chains: readonly AskedChain[], breaks: readonly Finding[]): Diagnosis['cause'] {
  const [first] = [...breaks].sort((a, b) => life.indexOf(a.joint) - life.indexOf(b.joint))
  if (first === undefined) return undefined
  const link = chains
    .filter(({ joint }) => joint === first.joint)
    .flatMap(({ links }) => links.map(each => each.link))
    .find(({ checks }) => checks.some(({ id }) => id === first.check.id))
  return link === undefined ? undefined : { joint: first.joint, id: link.id, title: link.title, finding: first }
}
