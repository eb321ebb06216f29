import { defineCheck } from '#joints/define.ts'
import { removing, targetOf } from '#model/change.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { agentProof } from '../agent.ts'
import { absentAgent, managedTag, wantedKinds } from '../agent-wanted.ts'

export default defineCheck({
  id: 'guardduty/cluster-excluded-by-tag',
  title: 'A tag keeps GuardDuty from installing its agent on a cluster',
  severity: 'high',
  since: '0.1.0',
  subject: 'aws/eks/Cluster',
  reads: wantedKinds,
  sources: ['https://docs.aws.amazon.com/guardduty/latest/ug/how-runtime-monitoring-works-eks.html'],

  test({ subject: cluster, world }) {
    if (cluster.body.tags?.[managedTag] !== 'false') return skip(`the cluster has no tag ${managedTag}=false`)
    const absent = absentAgent(world, cluster)
    if (absent === 'the cluster has the agent') {
      const proof = agentProof(world, cluster)
      return proof === undefined ? skip(absent) : pass(proof)
    }
    if (typeof absent === 'string') return skip(absent)
    if (!absent.isManaged) return skip('GuardDuty installs no agents: guardduty/agent-management-off says so')
    return fail({
      message: `the tag ${managedTag}=false keeps GuardDuty from installing its agent on cluster ${cluster.body.name}`,
      evidence: [
        cluster.at(['tags', managedTag], 'GuardDuty leaves the cluster alone'),
        absent.feature.at('runtime monitoring is on for the region'),
      ],
      effect: 'Nothing that runs on the nodes of the cluster gives a finding, though runtime monitoring is on.',
      fix: {
        title: `remove the tag ${managedTag}`,
        safe: false,
        changes: [
          {
            target: targetOf(cluster),
            edit: removing(cluster, ['tags', managedTag]),
            permissions: ['eks:UntagResource'],
            risk: 'GuardDuty installs its agent on every node and makes an endpoint in the VPC; each vCPU is charged for.',
          },
        ],
      },
    })
  },
})
