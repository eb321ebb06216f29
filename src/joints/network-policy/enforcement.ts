import { Unread } from '#base/errors.ts'
import { policyEngineOf, type PolicyEngineReader } from '#joints/policy-engine.ts'
import { vpcCniOf, type VpcCni } from '#joints/vpc-cni.ts'
import { setting, targetOf, type Change } from '#model/change.ts'
import type { Evidence, Resource } from '#model/resource.ts'
import { fail, pass, skip, type Fix, type Verdict } from '#model/verdict.ts'
import { clusterOf } from './deviation-verdict.ts'

const effect = 'Every pod accepts and sends everything, as if there were no policy.'
const risk =
  'All policies take effect at once: traffic that they do not allow is dropped. An add-on that manages the object sets it back unless its own configuration says the same.'
const addOn = 'Set enableNetworkPolicy to "true" in the configuration of the add-on vpc-cni, which turns on the controller and the agents.'

/**
 * Whether both halves of AWS's engine are on: of a cluster with the DaemonSet aws-node this is told of the DaemonSet, of others of the cluster.
 * @throws Unread when it was not read who enforces policies
 */
export function enforcementVerdict(world: PolicyEngineReader, subject: Resource<'k8s/DaemonSet'> | Resource<'aws/eks/Cluster'>): Verdict {
  const cluster = subject.kind === 'aws/eks/Cluster' ? (subject.body.name ?? '') : clusterOf(subject)
  const cni = vpcCniOf(world, cluster)
  if (subject.kind === 'aws/eks/Cluster')
    return cni === undefined ? ofCluster(world, subject, cluster) : skip('the DaemonSet aws-node says it')
  if (subject !== cni?.daemonSet) return skip('it is not the VPC CNI')
  const { halves, others, because, engine } = policyEngineOf(world, cluster)
  if (halves === undefined) throw unreadOf(engine, subject)
  if (halves.agent && halves.controller) return pass(...because)
  if (others.length > 0) return skip('another engine enforces policies here')
  const off = halves.agent
    ? 'the controller that resolves policies is'
    : halves.controller
      ? 'the agents of the nodes are'
      : 'controller and agents are'
  const fix = turningOn(world, cni, halves)
  return fail({
    message: `network policies of cluster ${cluster} are not enforced: ${off} switched off`,
    evidence: withFirst(because, subject.at(['metadata', 'name'], 'the VPC CNI of the cluster')),
    effect,
    ...(fix === undefined ? { help: addOn } : { fix }),
  })
}

/** What decides stands first: the half that is off. */
function withFirst(because: readonly Evidence[], otherwise: Evidence): [Evidence, ...Evidence[]] {
  const off = (evidence: Evidence) => / no /.test(evidence.label)
  const [first = otherwise, ...rest] = [...because.filter(off), ...because.filter(each => !off(each))]
  return [first, ...rest]
}

function ofCluster(world: PolicyEngineReader, subject: Resource<'aws/eks/Cluster'>, cluster: string): Verdict {
  const { halves, others, because, engine } = policyEngineOf(world, cluster)
  if ('unread' in engine) throw new Unread(engine.unread)
  if (others.length > 0) return skip('another engine enforces policies here')
  if (engine.value !== 'none') return pass(subject.at(['computeConfig', 'enabled'], 'the agent is part of the nodes'), ...because)
  if (halves === undefined) {
    return fail({
      message: `nothing in cluster ${cluster} enforces network policies`,
      evidence: [subject.at(['name'], 'it has neither the DaemonSet aws-node nor EKS Auto Mode nor an engine that is known')],
      effect,
      help: 'Install the add-on vpc-cni with enableNetworkPolicy, or another engine.',
    })
  }
  return fail({
    message: `network policies of cluster ${cluster} are not enforced: the controller that resolves policies is switched off`,
    evidence: withFirst(because, subject.at(['computeConfig', 'enabled'], 'in EKS Auto Mode the ConfigMap amazon-vpc-cni has the switch')),
    effect,
    fix: { title: 'turn on the network policy controller', safe: false, changes: [controllerOn(world, cluster)] },
  })
}

function unreadOf(engine: ReturnType<typeof policyEngineOf>['engine'], { kind, id }: Resource): Unread {
  return new Unread('unread' in engine ? engine.unread : { kind, id, reason: 'it does not say who enforces policies' })
}

function turningOn(
  world: PolicyEngineReader,
  cni: VpcCni,
  halves: { readonly agent: boolean; readonly controller: boolean },
): Fix | undefined {
  const agent = halves.agent ? [] : agentOn(cni)
  if (agent === undefined) return undefined
  const controller = halves.controller ? [] : [controllerOn(world, clusterOf(cni.daemonSet))]
  const title = agent.length === 0 ? 'turn on the network policy controller' : 'turn on the network policy agent'
  return {
    title: agent.length > 0 && controller.length > 0 ? 'turn on controller and agent' : title,
    safe: false,
    changes: [...agent, ...controller],
  }
}

const switchKey = 'enable-network-policy-controller'

function controllerOn(world: PolicyEngineReader, cluster: string): Change {
  const id = 'kube-system/amazon-vpc-cni'
  const configMap = world.find('k8s/ConfigMap', id, { cluster })
  if (configMap !== undefined) {
    const resource = configMap as unknown as Resource
    return { target: targetOf(resource), edit: setting(resource, ['data', switchKey], 'true'), permissions: ['patch configmaps'], risk }
  }
  const metadata = { name: 'amazon-vpc-cni', namespace: 'kube-system' }
  const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { [switchKey]: 'true' } }
  return {
    target: { kind: 'k8s/ConfigMap', id, scope: { cluster } },
    edit: { do: 'create', body },
    permissions: ['create configmaps'],
    risk,
  }
}

/** Undefined when no container is the agent: a version without one. */
function agentOn({ daemonSet, agentArgument, hasAgent }: VpcCni): Change[] | undefined {
  if (!hasAgent) return undefined
  const resource = daemonSet as unknown as Resource
  const { path } = agentArgument('enable-network-policy')
  const containers = daemonSet.body.spec?.template.spec?.containers ?? []
  const index = containers.findIndex(({ name }) => name === 'aws-eks-nodeagent')
  const args = containers[index]?.args ?? []
  const position = path === undefined ? args.length : (path.at(-1) as number)
  // `--name value`: the value stands in the next place.
  const isApart = args[position] === '--enable-network-policy' && args[position + 1] === 'false'
  const place = ['spec', 'template', 'spec', 'containers', index, 'args', isApart ? position + 1 : position]
  const edit = setting(resource, place, isApart ? 'true' : '--enable-network-policy=true')
  return [{ target: targetOf(resource), edit, permissions: ['patch daemonsets'], risk }]
}

/** @throws Unread when it was not read which engines there are */
export function twoEnginesVerdict(world: PolicyEngineReader, subject: Resource<'k8s/DaemonSet'>): Verdict {
  const cluster = clusterOf(subject)
  const { halves, others, because, engine } = policyEngineOf(world, cluster)
  if (subject !== vpcCniOf(world, cluster)?.daemonSet) return skip('it is not the VPC CNI')
  if (halves === undefined) throw unreadOf(engine, subject)
  if (!halves.agent || !halves.controller) return skip('the engine of the VPC CNI is switched off')
  if (others.length === 0) return pass(...because)
  const [other] = others
  const [first, ...rest] = [...because].sort((a, b) => Number(b.resource === other) - Number(a.resource === other))
  return fail({
    message: `the VPC CNI and ${others.map(({ id }) => id).join(', ')} both enforce network policies`,
    evidence: [first!, ...rest],
    effect: 'A packet passes only when both let it, and each reads the policies in its own way and at its own time.',
    help: 'Keep one: uninstall the other engine, or set enableNetworkPolicy of the add-on vpc-cni to "false".',
  })
}
