import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { agentProof } from '../agent.ts'
import { absentAgent, managedTag, wantedKinds } from '../agent-wanted.ts'
import { agentManagement, detectorChange, fixOrAsk, managementEdit } from '../detector.ts'

export default defineCheck({
  id: 'guardduty/agent-management-off',
  title: 'Runtime monitoring is on, and nobody installs the agent on a cluster',
  severity: 'high',
  since: '0.1.0',
  subject: 'aws/eks/Cluster',
  reads: ['aws/guardduty/Administrator', ...wantedKinds],
  sources: [
    'https://docs.aws.amazon.com/guardduty/latest/ug/how-runtime-monitoring-works-eks.html',
    'https://docs.aws.amazon.com/guardduty/latest/ug/managing-gdu-agent-eks-automatically.html',
  ],

  test({ subject: cluster, world }) {
    const absent = absentAgent(world, cluster)
    if (absent === 'the cluster has the agent') {
      const proof = agentProof(world, cluster)
      return proof === undefined ? skip(absent) : pass(proof)
    }
    if (typeof absent === 'string') return skip(absent)
    const { detector, feature, isManaged, tag } = absent
    if (isManaged || tag === 'true') return skip('GuardDuty installs the agent by itself: guardduty/agent-missing says that it has not')
    const { path, isNamed } = agentManagement(detector, feature)
    const at = isNamed
      ? detector.at(path, 'GuardDuty installs no agents by itself')
      : feature.at('nothing here says that GuardDuty installs agents')
    return fail({
      message: `detector ${detector.body.DetectorId} installs no agents on EKS, and nobody else put one into cluster ${cluster.body.name}`,
      evidence: [at, cluster.at(['name'], 'the cluster has neither the add-on aws-guardduty-agent nor its DaemonSet')],
      effect: 'Runtime monitoring is on and sees nothing of the cluster: only the agent on a node tells it what runs there.',
      ...fixOrAsk(world, detector, {
        title: 'let GuardDuty manage the agent (EKS_ADDON_MANAGEMENT)',
        safe: false,
        changes: [
          detectorChange(
            detector,
            managementEdit(detector, feature, 'ENABLED'),
            `GuardDuty installs its agent on every cluster of the account without the tag ${managedTag}=false, and makes endpoints in their VPCs.`,
          ),
        ],
      }),
    })
  },
})
