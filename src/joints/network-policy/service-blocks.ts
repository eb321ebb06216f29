import { perWorld } from '#joints/per-world.ts'
import { policiesOf, requireLists, type ClusterPolicies, type PolicyLayerReader } from '#joints/policy-layer.ts'
import { setting } from '#model/change.ts'
import type { Kinds } from '#model/kinds.ts'
import type { Resource } from '#model/resource.ts'
import { fail, pass, skip, type Fix, type Verdict } from '#model/verdict.ts'
import { containsAddress, parseAddress, parseCidr, type Cidr } from '#network/addresses.ts'
import type { PolicyLayer } from '#network/policy-layer.ts'
import { protocolOf } from '#network/ports.ts'
import { clusterOf, deviationLists, enforcedByAws, podEvidence, policyName } from './deviation-verdict.ts'
import { policyChange } from './policy-rewrites.ts'

type Service = Kinds['k8s/Service']
type Pod = Kinds['k8s/Pod']

interface Reached {
  readonly service: Resource<'k8s/Service'>
  readonly port: NonNullable<NonNullable<Service['spec']>['ports']>[number]
  readonly backend: string
}

/**
 * Services of a policy's namespace whose pods a block of it admits, and whose address it does not: the agent compares the address that the packet has
 * before it is translated.
 * @throws Unread when it was not read who enforces policies, or what they are about
 */
export function serviceBlockVerdict(world: PolicyLayerReader, policy: Resource<'k8s/NetworkPolicy'>): Verdict {
  const policies = policiesOf(world, clusterOf(policy))
  if (!enforcedByAws(policies)) return skip('the engine of the VPC CNI does not enforce policies here')
  requireLists(policies.input, [...deviationLists, 'services'])
  const blocks = (policy.body.spec?.egress ?? []).flatMap((rule, i) =>
    (rule.to ?? []).flatMap(({ ipBlock }, j) => {
      const cidr = ipBlock === undefined ? undefined : parseCidr(ipBlock.cidr)
      return cidr === undefined ? [] : [{ path: ['spec', 'egress', i, 'to', j, 'ipBlock', 'cidr'], cidr }]
    }),
  )
  if (blocks.length === 0) return skip('it admits no blocks of addresses')
  const { namespace } = policy.body.metadata
  const sender = senderOf(policies.layer(), policy)
  if (sender === undefined) return skip('it selects no pod on which it is enforced')
  for (const { path, cidr } of blocks) {
    const closed = servicesOf(policies, world, namespace).find(each => isClosed(policies, sender, cidr, each))
    if (closed === undefined) continue
    const { service, port } = closed
    return fail({
      message: `${policyName(policy)} admits the pods of Service ${service.id} by their addresses, and drops what is sent to the Service`,
      evidence: [
        policy.at(path, 'the addresses of the pods are in this block'),
        service.at(['spec', 'clusterIP'], 'the address of the Service is in none'),
        podEvidence(policies, sender, 'it concerns this pod'),
      ],
      effect: `Connections by the name of the Service (port ${port.port}) time out; to addresses of its pods they work.`,
      fix: opening(policy, closed),
      key: service.id,
    })
  }
  return pass(policy.at(['spec', 'egress'], 'what its blocks admit is admitted by the addresses of Services too', 'key'))
}

const senders = new WeakMap<PolicyLayer, ReadonlyMap<string, string>>()

/** A pod on which egress of the policy is enforced. */
function senderOf(layer: PolicyLayer, { kind, id }: Pick<Resource, 'kind' | 'id'>): string | undefined {
  let index = senders.get(layer)
  if (index === undefined) {
    const enforced = layer.classes.filter(({ unenforced }) => unenforced === undefined)
    index = new Map(
      enforced.flatMap(({ pods, policies }) => policies.egress.map(each => [`${each.kind} ${each.id}`, pods[0] ?? ''] as const)),
    )
    senders.set(layer, index)
  }
  return index.get(`${kind} ${id}`)
}

const servicesByNamespace = perWorld((_world: PolicyLayerReader) => new Map<string, ReadonlyMap<string, readonly Reached[]>>())

/** Ports of Services of the namespace that have an address and a pod behind them, each with the first pod. */
function servicesOf(policies: ClusterPolicies, world: PolicyLayerReader, namespace: string): readonly Reached[] {
  const known = servicesByNamespace(world)
  const index = known.get(policies.cluster) ?? reachedServices(policies)
  known.set(policies.cluster, index)
  return index.get(namespace) ?? []
}

function reachedServices({ find, input }: ClusterPolicies): ReadonlyMap<string, readonly Reached[]> {
  const pods = Map.groupBy(input.pods.all.filter(hasAddress), ({ metadata }) => metadata.namespace)
  const all = input.services.all.flatMap(({ metadata: { namespace, name }, spec }) => {
    const service = find('k8s/Service', `${namespace}/${name}`) as unknown as Resource<'k8s/Service'> | undefined
    const labels = Object.entries(spec?.selector ?? {})
    if (service === undefined || labels.length === 0 || parseAddress(spec?.clusterIP ?? '') === undefined) return []
    const backend = pods.get(namespace)?.find(pod => labels.every(([key, value]) => pod.metadata.labels?.[key] === value))
    if (backend === undefined) return []
    const id = `${namespace}/${backend.metadata.name}`
    return (spec?.ports ?? []).map(port => ({ namespace, service, port, backend: id }))
  })
  return Map.groupBy(all, reached => reached.namespace)
}

const hasAddress = ({ status }: Pod): boolean => parseAddress(status?.podIP ?? '') !== undefined

function isClosed({ layer, find }: ClusterPolicies, sender: string, block: Cidr, { service, port, backend }: Reached): boolean {
  const protocol = protocolOf(port.protocol ?? 'TCP')
  const target = port.targetPort ?? port.port
  const address = parseAddress((find('k8s/Pod', backend)?.body as Pod | undefined)?.status?.podIP ?? '')
  if (protocol === undefined || typeof target !== 'number' || address === undefined || backend === sender) return false
  if (!containsAddress(block, address)) return false
  const compiled = layer()
  return (
    compiled.verdict('egress', sender, { pod: backend }, protocol, target) === 'allow' &&
    compiled.verdict('egress', sender, { address: service.body.spec?.clusterIP ?? '' }, protocol, port.port) === 'deny'
  )
}

function opening(policy: Resource<'k8s/NetworkPolicy'>, { service, port }: Reached): Fix {
  const resource = policy as unknown as Resource
  const clusterIp = service.body.spec?.clusterIP ?? ''
  const cidr = `${clusterIp}/${clusterIp.includes(':') ? 128 : 32}`
  const rule = { to: [{ ipBlock: { cidr } }], ports: [{ protocol: port.protocol ?? 'TCP', port: port.port }] }
  const risk = 'The pods that the policy selects reach the Service, and with it what its selector selects later.'
  const edit = setting(resource, ['spec', 'egress', policy.body.spec?.egress?.length ?? 0], rule)
  return { title: `allow egress to ${cidr} port ${port.port}`, safe: false, changes: [policyChange(resource, edit, risk)] }
}
