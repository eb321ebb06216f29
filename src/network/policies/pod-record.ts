import type { Kinds } from '#model/kinds.ts'
import { addressText, parseAddress, type Address } from '../addresses.ts'
import { platformOfPod } from '../aws/platform.ts'
import type { Unenforced } from '../policy-layer.ts'
import { protocolOf } from '../ports.ts'
import type { Protocol } from '../question.ts'
import type { Labels } from '../selector.ts'
import { milliseconds, type Complain } from './document.ts'

export interface ContainerPort {
  readonly name: string
  readonly protocol: Protocol
  readonly port: number
  /** Of an init container that keeps running (a sidecar): AWS's controller does not look there. */
  readonly sidecar: boolean
}

/** What policies can see of a pod. */
export interface PodRecord {
  readonly id: string
  readonly namespace: string
  readonly name: string
  readonly labels: Labels
  /** Undefined until it has one. */
  readonly address: Address | undefined
  /** The address, written as every other. */
  readonly addressText: string | undefined
  readonly node: string | undefined
  /** Its node's. */
  readonly hostAddress: Address | undefined
  readonly hostNetwork: boolean
  readonly unenforced: Unenforced | undefined
  readonly autoMode: boolean
  readonly ports: readonly ContainerPort[]
  readonly created: number | undefined
}

/** A pod that has ended has no interface: nothing selects it and it is nobody's peer. */
export const hasEnded = (pod: Kinds['k8s/Pod']): boolean => pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed'

export function readPod(pod: Kinds['k8s/Pod'], node: Kinds['k8s/Node'] | undefined, complain: Complain): PodRecord {
  const { metadata, spec, status } = pod
  const hostNetwork = spec?.hostNetwork === true
  const platform = platformOfPod(pod, node)
  const text = status?.podIP ?? ''
  const address = text === '' ? undefined : parseAddress(text)
  if (text !== '' && address === undefined) complain('ADDRESS_INVALID', ['status', 'podIP'], `${JSON.stringify(text)} is not an address`)
  const elsewhere = platform === 'fargate' || platform === 'windows' || platform === 'hybrid' ? platform : undefined
  return {
    id: `${metadata.namespace}/${metadata.name}`,
    namespace: metadata.namespace,
    name: metadata.name,
    labels: metadata.labels ?? {},
    address,
    addressText: address && canonicalText(text, address),
    node: spec?.nodeName,
    hostAddress: parseAddress(status?.hostIP ?? '') ?? nodeAddress(node, address?.family),
    hostNetwork,
    unenforced: hostNetwork ? 'host-network' : elsewhere,
    autoMode: platform === 'auto',
    ports: portsOf(spec),
    created: milliseconds(metadata.creationTimestamp),
  }
}

const canonicalText = (text: string, address: Address): string =>
  /^[1-9][\d.]*$/.test(text) && !/\.0\d/.test(text) ? text : addressText(address)

/** The node's own address, of the family that its pods use. */
export function nodeAddress(node: Kinds['k8s/Node'] | undefined, family: 4 | 6 | undefined): Address | undefined {
  const internal = (node?.status?.addresses ?? []).filter(each => each.type === 'InternalIP').map(each => parseAddress(each.address))
  return internal.find(address => family === undefined || address?.family === family)
}

type Spec = Kinds['k8s/Pod']['spec']
type Container = NonNullable<Spec>['containers'][number]

function portsOf(spec: Spec): ContainerPort[] {
  const sidecars = (spec?.initContainers ?? []).filter(container => container.restartPolicy === 'Always')
  return [
    ...(spec?.containers ?? []).flatMap(container => portsOfContainer(container, false)),
    ...sidecars.flatMap(each => portsOfContainer(each, true)),
  ]
}

const portsOfContainer = ({ ports = [] }: Container, sidecar: boolean): ContainerPort[] =>
  ports.map(({ name = '', protocol = 'TCP', containerPort }) => ({
    name,
    protocol: protocolOf(protocol) ?? 'TCP',
    port: containerPort,
    sidecar,
  }))

/** The first container port of a name, as the API server's own resolution and AWS's controller take it. */
export const portNamed = (ports: readonly ContainerPort[], name: string, protocol: Protocol | undefined, sidecars: boolean) =>
  ports.find(each => each.name === name && (protocol === undefined || each.protocol === protocol) && (sidecars || !each.sidecar))

/**
 * What AWS's agent keys its tables of one node by: the name up to its last dash.
 * https://github.com/aws/aws-network-policy-agent/blob/c8619c0/pkg/utils/utils.go GetPodIdentifier
 */
export function podIdentifier({ name, namespace }: PodRecord): string {
  const dash = name.lastIndexOf('-')
  return `${dash < 0 ? name : name.slice(0, dash)}@${namespace}`
}
