import { defineCheck } from '#joints/define.ts'
import type { Evidence } from '#model/resource.ts'
import { readinessOf } from '#joints/pod-readiness.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { agentDaemonSets, agentOn, assertPodsRead, userOn } from '../agent.ts'
import { computeOf } from '../compute.ts'

export default defineCheck({
  id: 'pod-identity/agent-absent-on-node',
  title: 'A node runs pods that use Pod Identity and has no ready agent',
  severity: 'high',
  since: '0.1.0',
  subject: 'k8s/Node',
  reads: ['aws/eks/Cluster', 'aws/eks/PodIdentityAssociation', 'k8s/DaemonSet', 'k8s/Pod'],
  sources: ['https://docs.aws.amazon.com/eks/latest/userguide/pod-id-agent-setup.html', 'https://github.com/aws/eks-pod-identity-agent'],

  test({ subject: node, world }) {
    const compute = computeOf(node)
    const { name } = node.body.metadata
    if (compute === 'fargate' || compute === 'windows') return skip('Pod Identity is not offered on this node')
    const user = userOn(world, node)
    if (user === undefined) return skip('no pod that uses Pod Identity runs on the node')
    if (compute === 'auto')
      return pass(node.at(['metadata', 'labels', 'eks.amazonaws.com/compute-type'], 'nodes of Auto Mode have the agent built in'))
    const agent = agentOn(world, node)
    if (agent !== undefined && readinessOf(agent).isReady) return pass(agent.at(['metadata', 'name'], 'the agent on the node is ready'))
    if (agent === undefined) assertPodsRead(world, node)
    const sets = agentDaemonSets(world, 'cluster' in node.scope ? node.scope.cluster : '')
    if (agent === undefined && sets.length === 0)
      return skip('no DaemonSet of the agent was read: pod-identity/agent-missing speaks of the cluster')

    const needs = user.at(['spec', 'nodeName'], 'this pod is to get credentials there')
    const evidence: readonly [Evidence, ...Evidence[]] =
      agent === undefined
        ? [
            node.at(['metadata', 'name'], 'no pod of the agent runs here'),
            needs,
            ...sets.map(set => set.at(['metadata', 'name'], 'the agent does not place one here')),
          ]
        : [agent.at(readinessOf(agent).path, 'the agent on this node is not ready'), needs]
    return fail({
      message: `node ${name} has no ${agent === undefined ? '' : 'ready '}Pod Identity agent, and pod ${user.id} on it uses Pod Identity`,
      evidence,
      effect: 'Nothing answers at the address that the pods on this node are given, so their calls to AWS fail.',
      help:
        compute === 'hybrid'
          ? 'Create the DaemonSet for hybrid nodes with the add-on configuration daemonsets.hybrid.create, and set enableCredentialsFile in the nodeadm configuration.'
          : 'Look at kubectl describe of the agent: its node selector and affinity, image pulls, port 80, and IPv6, without which it needs the argument -b 169.254.170.23.',
    })
  },
})
