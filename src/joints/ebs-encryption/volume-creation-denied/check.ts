import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { decidingEvidence, policyLines, whyUnknown } from '../../irsa/pod-role.ts'
import { accountDefault } from '../account-default.ts'
import { ebsDriverOf, encryptionAsked } from '../classes.ts'
import { clusterOf, homeOf } from '../home.ts'
import { operatorKinds } from '../kinds.ts'
import { judgeCreation } from '../needs.ts'
import { operatorOf } from '../operator.ts'

export default defineCheck({
  id: 'ebs-encryption/volume-creation-denied',
  title: 'The EBS CSI controller may not make the volumes of a StorageClass',
  severity: 'critical',
  since: '0.1.0',
  subject: 'k8s/StorageClass',
  reads: [...operatorKinds, 'aws/ec2/EbsEncryptionByDefault'],
  sources: [
    'https://github.com/kubernetes-sigs/aws-ebs-csi-driver/blob/master/docs/AmazonEBSCSIDriverPolicyV2.json',
    'https://github.com/kubernetes-sigs/aws-ebs-csi-driver/blob/master/docs/AmazonEBSCSIDriverEKSClusterScopedPolicy.json',
    'https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html',
  ],

  test({ subject: storageClass, world }) {
    const driver = ebsDriverOf(storageClass)
    if (driver === undefined) return skip('it is not of EBS')
    const cluster = clusterOf(storageClass)
    const state = operatorOf(world, cluster, driver)
    if (state.is === 'none') return skip(state.why)
    const { operator } = state
    const home = homeOf(world, cluster)
    const asked = encryptionAsked(storageClass)
    const isEncrypted = asked !== undefined || accountDefault(world, home).body.EbsEncryptionByDefault === true
    const judged = judgeCreation(world, operator, home, storageClass, isEncrypted)
    if (judged.is === 'unknown') throw whyUnknown(judged.answer, operator.role)
    const says =
      asked === undefined
        ? storageClass.at(['metadata', 'name'], 'for volumes of this class')
        : storageClass.at(asked.path, 'for encrypted volumes of this class')
    const deciding = decidingEvidence(
      judged.answer,
      judged.is === 'allowed' ? 'this allows ec2:CreateVolume' : 'this denies ec2:CreateVolume',
    )
    const { role } = operator
    if (judged.is === 'allowed') return pass(deciding ?? role.at(['RoleName'], 'the policies allow ec2:CreateVolume'), says, operator.at)
    const guard = judged.cause === 'guardrail' ? 'a guardrail round its role' : `role ${role.body.RoleName}`
    return fail({
      message: `${guard} does not let ${operator.text} do ec2:CreateVolume for ${isEncrypted ? 'encrypted' : 'unencrypted'} volumes of StorageClass ${storageClass.id}`,
      evidence: [
        deciding ?? role.at(['RoleName'], 'no policy of the role allows ec2:CreateVolume with the tags that the driver gives'),
        says,
        operator.at,
        ...(deciding === undefined ? policyLines(role).slice(0, 2) : []),
      ],
      effect: 'No volume is made of the class: its claims stay Pending, could not create volume in EC2: UnauthorizedOperation.',
      help:
        judged.cause === 'guardrail' && !isEncrypted
          ? 'Ask for encrypted volumes in a class that is made again: many organizations deny others.'
          : 'Attach AmazonEBSCSIDriverPolicyV2 to the role; the policy that is scoped to a cluster needs Pod Identity with session tags, and a driver that tags with the name of the cluster.',
    })
  },
})
