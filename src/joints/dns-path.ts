import { Unread } from '#base/errors.ts'
import type { Answer, LayerAnswer, Question } from '#network/question.ts'
import type { Resource } from '#model/resource.ts'
import { networkOf, type ClusterNetwork, type ReachReader } from './network.ts'
import { perWorld } from './per-world.ts'
import { alikePods, podsOfWorkload, sortOf } from './pod-sorts.ts'
import type { Workload } from './workloads.ts'

/** One way of asking the DNS of the cluster, and what becomes of it. */
export interface DnsAnswer {
  readonly question: Question
  readonly answer: Answer
}

/** How the pods of a workload ask the DNS of their cluster. */
export interface DnsPath {
  readonly view: ClusterNetwork
  readonly service: Resource<'k8s/Service'>
  /** UDP before TCP, for each sort of pods: a resolver asks by UDP first, and again by TCP when the answer is long. */
  readonly answers: readonly DnsAnswer[]
}

export interface NoDnsPath {
  readonly why: string
}

const serviceName = 'kube-system/kube-dns'

/**
 * What the network makes of the questions that pods ask the Service kube-dns, whose backends are wherever they are now.
 * Nobody schedules a pod beside CoreDNS, so it is asked of pods on another node. https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/
 * @throws Unread when it was not read whether there is such a Service, or which backends it has
 */
export function dnsPathOf(world: ReachReader, workload: Workload): DnsPath | NoDnsPath {
  const { hostNetwork, dnsPolicy = 'ClusterFirst' } = workload.template.spec
  if (hostNetwork === true) return { why: 'its pods are on the network of their node' }
  if (dnsPolicy !== 'ClusterFirst' && dnsPolicy !== 'ClusterFirstWithHostNet')
    return { why: `its pods have dnsPolicy ${dnsPolicy}, so they do not ask the DNS of the cluster` }
  const { cluster } = workload
  const service = world.find('k8s/Service', serviceName, { cluster })
  if (service === undefined) return { why: 'the cluster has no Service kube-dns' }
  if (world.seen('k8s/DaemonSet').some(set => set.id === 'kube-system/node-local-dns' && isIn(set, cluster)))
    return { why: 'NodeLocal DNSCache answers its pods on their node' }
  const view = networkOf(world, cluster)
  const pods = alikePods(view, podsOfWorkload(world, workload).pods)
  return { view, service, answers: pods.flatMap(pod => (['UDP', 'TCP'] as const).map(protocol => dnsAnswer(view, pod, protocol))) }
}

const isIn = ({ scope }: Resource, cluster: string): boolean => 'cluster' in scope && scope.cluster === cluster

const answersOf = perWorld((_view: ClusterNetwork) => new Map<string, DnsAnswer>())

/** Asked once for each sort of pods, whatever workloads they are of. */
function dnsAnswer(view: ClusterNetwork, pod: string, protocol: 'UDP' | 'TCP'): DnsAnswer {
  const key = `${protocol} ${sortOf(view, pod)}`
  const known = answersOf(view).get(key)
  if (known !== undefined) return known
  const question: Question = { from: { pod }, to: { service: serviceName }, protocol, port: 53, placement: 'other-node' }
  const answer = view.network.answer(question)
  if ((answer.backends ?? []).length === 0)
    throw new Unread({ kind: 'k8s/EndpointSlice', id: serviceName, reason: `where CoreDNS is is not known: ${answer.reason}` })
  const made = { question, answer }
  answersOf(view).set(key, made)
  return made
}

/** Every layer of every path that an answer has. */
export const layersOf = ({ backends, split, layers }: Answer): readonly LayerAnswer[] => {
  if (backends !== undefined) return backends.flatMap(({ answer }) => answer.layers)
  return split === undefined ? layers : [...split.otherNode.layers, ...split.sameNode.layers]
}
