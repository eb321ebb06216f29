import type { Kinds } from '#model/kinds.ts'
import { trafficText } from '../aws/explain-step.ts'
import { hasPorts } from '../ports.ts'
import type { Network } from '../network.ts'
import type { Endpoint } from '../question.ts'
import { blockOf } from './aws-candidates.ts'
import type { Denial } from './denial.ts'
import { documentsOf, type Candidate } from './heal-edit.ts'

/**
 * One more rule for each NetworkPolicy that closes the pod. To a service, AWS's engine admits the service's address only by a peer of which the
 * selector matches the service's own selector, so that is tried before the labels of the pod, and then its address as a block.
 */
export function policyCandidates(network: Network, denial: Denial): readonly Candidate[] {
  const { layer, protocol } = denial
  const documents = documentsOf(network)
  const isOut = layer.end === 'source'
  const list = isOut ? 'egress' : 'ingress'
  const policies = (layer.asked ?? []).filter(({ kind }) => kind === 'k8s/NetworkPolicy').map(({ id }) => id)
  return policies.flatMap(id => {
    const policy = documents.policy(id)
    if (policy === undefined) return []
    const at = policy.spec?.[list]?.length ?? 0
    return peersOf(network, denial, policy.metadata.namespace).map(({ peer, name, port, isLastResort }) => ({
      edit: {
        do: 'add',
        kind: 'k8s/NetworkPolicy',
        id,
        path: ['spec', list, at],
        value: { [isOut ? 'to' : 'from']: [peer], ...(port === undefined ? {} : { ports: [{ protocol, port }] }) },
      },
      says: `NetworkPolicy ${id} lets ${trafficText(protocol, port)} ${isOut ? 'out to' : 'in from'} ${name}`,
      ...(isLastResort === undefined ? {} : { isLastResort }),
    }))
  })
}

interface WrittenPeer {
  readonly peer: object
  readonly name: string
  /** Undefined where a rule can name none. */
  readonly port: number | undefined
  readonly isLastResort?: true
}

function peersOf(network: Network, denial: Denial, namespace: string): readonly WrittenPeer[] {
  const { layer, question, port, protocol, backend } = denial
  const own = hasPorts(protocol) ? port : undefined
  const other: Endpoint = layer.end === 'destination' ? question.from : backend === undefined ? question.to : { pod: backend }
  const service = layer.end === 'source' && 'service' in question.to ? serviceOf(network, question.to.service) : undefined
  const bySelector = service === undefined ? [] : servicePeers(service, namespace, own, hasPorts(protocol) ? question.port : undefined)
  if ('pod' in other) return [...bySelector, ...podPeers(network, other.pod, namespace, own)]
  const block = blockOf(network, other)
  return block === undefined ? bySelector : [...bySelector, { peer: { ipBlock: { cidr: block } }, name: block, port: own }]
}

const serviceOf = ({ input }: Network, id: string): Kinds['k8s/Service'] | undefined =>
  input.policies.services.all.find(({ metadata }) => `${metadata.namespace}/${metadata.name}` === id)

function servicePeers(
  { metadata, spec }: Kinds['k8s/Service'],
  namespace: string,
  targetPort: number | undefined,
  port: number | undefined,
): readonly WrittenPeer[] {
  const selector = spec?.selector ?? {}
  const address = spec?.clusterIP
  const bySelector = Object.keys(selector).length === 0 ? [] : [labelled(selector, metadata.namespace, namespace, targetPort)]
  const isAddress = address !== undefined && address !== '' && address !== 'None'
  const cidr = `${address}/${address?.includes(':') === true ? 128 : 32}`
  return isAddress
    ? [...bySelector, { peer: { ipBlock: { cidr } }, name: `${cidr}, the address of ${metadata.name}`, port, isLastResort: true }]
    : bySelector
}

/** Labels that say which pod of a workload it is, or which version of it: the next one has others. */
const passing = [
  'pod-template-hash',
  'controller-revision-hash',
  'pod-template-generation',
  'statefulset.kubernetes.io/pod-name',
  'apps.kubernetes.io/pod-index',
  'controller-uid',
  'job-name',
  'batch.kubernetes.io/controller-uid',
  'batch.kubernetes.io/job-name',
  'batch.kubernetes.io/job-completion-index',
  'eks.amazonaws.com/fargate-profile',
]

function podPeers(network: Network, id: string, namespace: string, port: number | undefined): readonly WrittenPeer[] {
  const pod = network.input.policies.pods.all.find(({ metadata }) => `${metadata.namespace}/${metadata.name}` === id)
  if (pod === undefined) return []
  if (pod.spec?.hostNetwork === true) {
    const block = pod.spec.nodeName === undefined ? undefined : blockOf(network, { node: pod.spec.nodeName })
    return block === undefined ? [] : [{ peer: { ipBlock: { cidr: block } }, name: `${block}, the node`, port }]
  }
  const labels = Object.fromEntries(Object.entries(pod.metadata.labels ?? {}).filter(([key]) => !passing.includes(key)))
  return [labelled(labels, pod.metadata.namespace, namespace, port)]
}

function labelled(labels: Readonly<Record<string, string>>, of: string, namespace: string, port: number | undefined): WrittenPeer {
  const entries = Object.entries(labels)
  const podSelector = entries.length === 0 ? {} : { matchLabels: labels }
  const elsewhere = of === namespace ? {} : { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': of } } }
  const what = entries.length === 0 ? 'all pods' : `pods ${entries.map(([key, value]) => `${key}=${value}`).join(',')}`
  return { peer: { ...elsewhere, podSelector }, name: `${what} of ${of}`, port }
}
