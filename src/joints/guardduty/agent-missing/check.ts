import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { addonOf, agentProof } from '../agent.ts'
import { absentAgent, wantedKinds } from '../agent-wanted.ts'
import { insideOf } from '../home.ts'
import { uncovered } from '../nodes.ts'

export default defineCheck({
  id: 'guardduty/agent-missing',
  title: 'GuardDuty is to install its agent on a cluster, and the cluster has none',
  severity: 'high',
  since: '0.1.0',
  subject: 'aws/eks/Cluster',
  reads: ['k8s/Node', ...wantedKinds],
  sources: [
    'https://docs.aws.amazon.com/guardduty/latest/ug/how-runtime-monitoring-works-eks.html',
    'https://docs.aws.amazon.com/guardduty/latest/ug/eks-runtime-monitoring-coverage.html',
  ],

  test({ subject: cluster, world }) {
    const absent = absentAgent(world, cluster)
    if (absent === 'the cluster has the agent') {
      const proof = agentProof(world, cluster)
      return proof === undefined ? skip(absent) : pass(proof)
    }
    if (typeof absent === 'string') return skip(absent)
    if (!absent.isManaged && absent.tag !== 'true') return skip('GuardDuty installs no agents: guardduty/agent-management-off says so')
    if (absent.tag === 'false') return skip('the cluster is excluded: guardduty/cluster-excluded-by-tag says so')
    const covered = world.list('k8s/Node', insideOf(world, cluster)).find(node => uncovered(node, undefined) === undefined)
    if (covered === undefined) return skip('the cluster has no node that the agent is for')
    addonOf(world, cluster)
    return fail({
      message: `GuardDuty manages its agent on cluster ${cluster.body.name}, and the cluster has neither the add-on aws-guardduty-agent nor its DaemonSet`,
      evidence: [
        cluster.at(['name'], 'the agent is not here'),
        absent.feature.at('runtime monitoring is on'),
        covered.at(['metadata', 'name'], 'a node that the agent is for'),
      ],
      effect: 'Nothing that runs on the nodes gives a finding, though GuardDuty is told to watch them.',
      help: 'Ask aws guardduty list-coverage for the issue of the cluster: GuardDuty’s service-linked role, a service control policy or the shared VPC keep it from installing. Then switch agent management off and on, or install the add-on by aws eks create-addon.',
    })
  },
})
