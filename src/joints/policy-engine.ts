import { Unread, type UnreadFact } from '#base/errors.ts'
import type { EnforcingMode, Known, PolicyEngineName, VpcCniSettings } from '#network/input.ts'
import type { Evidence, Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { eksCluster, whyNoCluster } from './clusters.ts'
import { perWorld } from './per-world.ts'
import { isTrue, valueOf, vpcCniKinds, vpcCniOf, type Setting, type VpcCni } from './vpc-cni.ts'

/** The kinds that say who enforces NetworkPolicies in a cluster. */
export const policyEngineKinds = [...vpcCniKinds, 'k8s/NodeClass', 'aws/eks/Cluster'] as const
export type PolicyEngineReader = Reader<(typeof policyEngineKinds)[number]>

/** Who enforces NetworkPolicies, how, and where that stands. */
export interface PolicyEngine {
  readonly engine: Known<PolicyEngineName>
  readonly mode: Known<EnforcingMode>
  /** What says so: the agent's argument, the controller's switch, the other engine's DaemonSet. */
  readonly because: readonly Evidence[]
  /** AWS's two halves, each with its own switch; both are needed. Undefined when it is not AWS's engine that could enforce. */
  readonly halves?: { readonly agent: boolean; readonly controller: boolean }
  /** Engines that run beside AWS's: two that enforce the same policies undo each other's work. */
  readonly others: readonly Resource<'k8s/DaemonSet'>[]
}

/** DaemonSets of engines that enforce the published semantics, by the image that they run. */
const upstreamImages = [
  /(?:^|\/)calico\/node[:@]/,
  /(?:^|\/)cilium\/cilium[:@]/,
  /(?:^|\/)antrea\/antrea-(?:agent|ubuntu|ubi)[:@]/,
  /(?:^|\/)kube-router[:@]/,
]

/** Memoised per world. */
export const policyEngineOf = (world: PolicyEngineReader, cluster: string): PolicyEngine => {
  const known = enginesOf(world)
  const found = known.get(cluster) ?? engineOf(world, cluster)
  known.set(cluster, found)
  return found
}

const enginesOf = perWorld((_world: PolicyEngineReader) => new Map<string, PolicyEngine>())

function engineOf(world: PolicyEngineReader, cluster: string): PolicyEngine {
  try {
    const others = world.list('k8s/DaemonSet', { cluster }).filter(isUpstream)
    const cni = vpcCniOf(world, cluster)
    const own = cni === undefined ? autoMode(world, cluster) : awsHalves(world, cni)
    const isOn = own !== undefined && own.halves?.agent === true && own.halves.controller
    if (others.length === 0) return { others, ...(own ?? nobody) }
    if (!isOn) return { engine: { value: 'upstream' }, mode: { value: 'standard' }, because: others.map(runs), others }
    const reason = 'two engines enforce NetworkPolicies here'
    return { ...own, engine: { unread: { kind: 'k8s/DaemonSet', reason } }, because: [...own.because, ...others.map(runs)], others }
  } catch (error) {
    if (!(error instanceof Unread)) throw error
    return { engine: { unread: error.fact }, mode: { unread: error.fact }, because: [], others: [] }
  }
}

const nobody = { engine: { value: 'none' }, mode: { value: 'standard' }, because: [] } as const satisfies Omit<PolicyEngine, 'others'>

const isUpstream = ({ body }: Resource<'k8s/DaemonSet'>): boolean =>
  (body.spec?.template.spec?.containers ?? []).some(({ image = '' }) => upstreamImages.some(pattern => pattern.test(image)))

const runs = (daemonSet: Resource<'k8s/DaemonSet'>): Evidence =>
  daemonSet.at(['spec', 'template', 'spec', 'containers'], 'this engine enforces NetworkPolicies too')

/** The controller obeys a switch of the ConfigMap, the agent an argument. https://docs.aws.amazon.com/eks/latest/userguide/cni-network-policy-configure.html */
function awsHalves(world: PolicyEngineReader, cni: VpcCni): Omit<PolicyEngine, 'others'> {
  const { daemonSet } = cni
  const argument = cni.agentArgument('enable-network-policy')
  const agent = isTrue(argument)
  const switches = controllerSwitch(world, daemonSet)
  const controller = switches?.isOn ?? false
  const mode = modeOf(cni.variable('NETWORK_POLICY_ENFORCING_MODE'))
  const because = [
    argument.path === undefined
      ? daemonSet.at(['spec', 'template', 'spec', 'containers'], 'no container is told to enforce NetworkPolicies')
      : daemonSet.at(argument.path, agent ? 'the agent enforces NetworkPolicies' : 'the agent enforces no NetworkPolicy'),
    ...(switches === undefined ? [] : [switches.at]),
  ]
  return { engine: { value: agent && controller ? 'aws-vpc-cni' : 'none' }, mode, because, halves: { agent, controller } }
}

interface Switch {
  readonly isOn: boolean
  readonly at: Evidence
}

const switchKey = 'enable-network-policy-controller'

function controllerSwitch(world: PolicyEngineReader, { scope }: Pick<Resource, 'scope'>): Switch | undefined {
  const configMap = world.find('k8s/ConfigMap', 'kube-system/amazon-vpc-cni', scope)
  const value = configMap?.body.data?.[switchKey]
  if (configMap === undefined || value === undefined) return undefined
  const isOn = value === 'true'
  return { isOn, at: configMap.at(['data', switchKey], isOn ? 'the controller resolves policies' : 'the controller resolves no policy') }
}

/** Only `strict` is strict. https://github.com/aws/amazon-vpc-cni-k8s#network_policy_enforcing_mode-v1171 */
function modeOf(setting: Setting): Known<EnforcingMode> {
  return setting.unread === undefined ? { value: setting.value === 'strict' ? 'strict' : 'standard' } : { unread: setting.unread }
}

/** In Auto Mode the agent is part of the node; its default is what the node class says. https://docs.aws.amazon.com/eks/latest/userguide/auto-net-pol.html */
function autoMode(world: PolicyEngineReader, cluster: string): Omit<PolicyEngine, 'others'> | undefined {
  const eks = eksCluster(world, cluster)
  if (eks === undefined) throw new Unread(whyNoCluster(world, cluster))
  if (eks.body.computeConfig?.enabled !== true) return undefined
  const switches = controllerSwitch(world, { scope: { cluster } })
  const defaults = new Set(world.list('k8s/NodeClass', { cluster }).map(({ body }) => body.spec?.networkPolicy ?? 'DefaultAllow'))
  const controller = switches?.isOn ?? false
  const mixed: UnreadFact = { kind: 'k8s/NodeClass', reason: 'node classes differ in their default' }
  return {
    engine: { value: controller ? 'aws-vpc-cni' : 'none' },
    mode: defaults.size > 1 ? { unread: mixed } : { value: defaults.has('DefaultDeny') ? 'strict' : 'standard' },
    because: switches === undefined ? [] : [switches.at],
    halves: { agent: true, controller },
  }
}

/** The settings that decide by which interface a packet leaves. In Auto Mode there are none to set. */
export function vpcCniSettings(world: PolicyEngineReader, cluster: string): Known<VpcCniSettings> {
  try {
    const cni = vpcCniOf(world, cluster)
    if (cni === undefined) return autoModeSettings(world, cluster)
    return {
      value: {
        podEni: isTrue(cni.variable('ENABLE_POD_ENI')),
        securityGroupMode: valueOf(cni.variable('POD_SECURITY_GROUP_ENFORCING_MODE')) === 'standard' ? 'standard' : 'strict',
        externalSnat: isTrue(cni.variable('AWS_VPC_K8S_CNI_EXTERNALSNAT')),
        excludeSnatCidrs: listOf(valueOf(cni.variable('AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS'))),
        customNetworking: isTrue(cni.variable('AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG')),
        tcpEarlyDemuxDisabled: isTrue(cni.initVariable('DISABLE_TCP_EARLY_DEMUX')),
        externalServiceCidrs: listOf(valueOf(cni.variable('AWS_EXTERNAL_SERVICE_CIDRS'))),
      },
    }
  } catch (error) {
    if (!(error instanceof Unread)) throw error
    return { unread: error.fact }
  }
}

const listOf = (text: string | undefined): readonly string[] => (text ?? '').split(',').flatMap(part => part.trim() || [])

/** Only a node class's `snatPolicy` can be set there. */
function autoModeSettings(world: PolicyEngineReader, cluster: string): Known<VpcCniSettings> {
  const eks = eksCluster(world, cluster)
  if (eks === undefined) return { unread: whyNoCluster(world, cluster) }
  if (eks.body.computeConfig?.enabled !== true) {
    return { unread: { kind: 'k8s/DaemonSet', id: 'kube-system/aws-node', reason: 'the cluster does not run the VPC CNI' } }
  }
  const policies = new Set(world.list('k8s/NodeClass', { cluster }).map(({ body }) => body.spec?.snatPolicy ?? 'Random'))
  if (policies.size > 1) return { unread: { kind: 'k8s/NodeClass', reason: 'node classes differ in their SNAT policy' } }
  return {
    value: {
      podEni: false,
      securityGroupMode: 'standard',
      externalSnat: policies.has('Disabled'),
      excludeSnatCidrs: [],
      customNetworking: false,
    },
  }
}
