import { Unread } from '#base/errors.ts'
import { eksCluster } from '#joints/clusters.ts'
import { podShape, type PodShape, type Workload } from '#joints/workloads.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { seatsOf } from '../irsa/webhook.ts'
import { allowingRule, egressPolicies } from './egress.ts'
import { agentAddresses, agentAddressOf, agentPort, type AgentAddress } from './injection.ts'

type NetworkPolicy = Resource<'k8s/NetworkPolicy'>
type DaemonSet = Resource<'k8s/DaemonSet'>

/** Whether a workload's pods reach the agent, as far as NetworkPolicy decides. */
export type AgentReach =
  | { readonly is: 'host' }
  | { readonly is: 'not-enforced' }
  | { readonly is: 'open' }
  | { readonly is: 'allowed'; readonly policy: NetworkPolicy; readonly index: number; readonly address: AgentAddress }
  | { readonly is: 'blocked'; readonly policies: readonly [NetworkPolicy, ...NetworkPolicy[]]; readonly address: AgentAddress }

type ReachReader = Reader<'aws/eks/Cluster' | 'k8s/DaemonSet' | 'k8s/NetworkPolicy'>

/**
 * Judged by the labels of the pods, or of the template when none was read.
 * @throws Unread when policies were not read, the engine has rules of its own, or it is open which of the two addresses the pods are given.
 */
export function agentReach(world: ReachReader, workload: Workload): AgentReach {
  if (workload.template.spec.hostNetwork === true) return { is: 'host' }
  const { cluster, namespace } = workload
  const all = world.list('k8s/NetworkPolicy', { cluster, namespace })
  const shapes = workload.seenPods.length === 0 ? [workload.template] : workload.seenPods.map(podShape)
  const enforcement = enforcementIn(world, cluster)
  if (enforcement instanceof Unread) throw enforcement
  const reaches = shapes.map(shape => shapeReach(world, workload, all, shape))
  const worst = reaches.find(reach => reach.is === 'blocked') ??
    reaches.find(reach => reach.is === 'allowed') ??
    reaches[0] ?? { is: 'open' }
  return worst.is === 'blocked' && enforcement === 'none' ? { is: 'not-enforced' } : worst
}

function shapeReach(world: ReachReader, workload: Workload, all: readonly NetworkPolicy[], shape: PodShape): AgentReach {
  const [first, ...others] = egressPolicies(all, shape.labels)
  if (first === undefined) return { is: 'open' }
  const policies = [first, ...others] as const
  const rules = agentAddresses.map(address => ({ address, rule: allowingRule(policies, { address, port: agentPort, protocol: 'TCP' }) }))
  const isOneAnswer = rules.every(({ rule }) => (rule === undefined) === (rules[0]?.rule === undefined))
  const address = addressOf(world, workload.cluster, shape, !isOneAnswer)
  const rule = rules.find(item => item.address === address)?.rule
  return rule === undefined ? { is: 'blocked', policies, address } : { is: 'allowed', ...rule, address }
}

/** The webhook gives the pods of IPv6 clusters the other address. */
function addressOf(world: ReachReader, name: string, shape: PodShape, mustKnow: boolean): AgentAddress {
  const injected = seatsOf(shape.spec).flatMap(seat => agentAddressOf(seat) ?? [])[0]
  if (injected !== undefined) return injected
  const family = eksCluster(world, name)?.body.kubernetesNetworkConfig?.ipFamily
  if (family === undefined && mustKnow) {
    const reason =
      'whether the cluster is one of IPv4 or IPv6 addresses is not known, and a NetworkPolicy allows the agent for one of the two'
    throw new Unread({ kind: 'aws/eks/Cluster', reason, settle: { by: 'user', step: 'add the output of aws eks describe-cluster' } })
  }
  return family === 'ipv6' ? 'fd00:ec2::23' : '169.254.170.23'
}

/** Engines that take policies of other kinds, or for which the addresses of a node are something that blocks of addresses do not cover. */
const otherEngines: Readonly<Record<string, string>> = {
  cilium: 'Cilium',
  'calico-node': 'Calico',
  'antrea-agent': 'Antrea',
  'weave-net': 'Weave Net',
  'kube-router': 'kube-router',
}

function enforcementIn(world: ReachReader, cluster: string): 'some' | 'none' | Unread {
  const sets = world.seen('k8s/DaemonSet').filter(({ scope }) => 'cluster' in scope && scope.cluster === cluster)
  const other = sets.map(set => otherEngines[set.body.metadata.name]).find(name => name !== undefined)
  if (other !== undefined) {
    const reason = `the cluster runs ${other}, whose own policies and view of node addresses are not evaluated`
    return new Unread({
      kind: 'k8s/NetworkPolicy',
      reason,
      settle: { by: 'user', step: 'run curl -m 2 http://169.254.170.23/ in a pod: an answer of 400 means that the agent is reached' },
    })
  }
  const node = sets.find(set => set.body.metadata.name === 'aws-node')
  return node !== undefined && isSwitchedOff(node) ? 'none' : 'some'
}

/** The VPC CNI enforces policies only where its node agent is told to. https://docs.aws.amazon.com/eks/latest/userguide/cni-network-policy.html */
function isSwitchedOff({ body: { spec } }: DaemonSet): boolean {
  const agent = spec?.template.spec?.containers.find(container => container.name === 'aws-eks-nodeagent')
  return agent === undefined || agent.args?.includes('--enable-network-policy=false') === true
}
