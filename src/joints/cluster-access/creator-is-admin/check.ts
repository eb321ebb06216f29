import { Unread } from '#base/errors.ts'
import { defineCheck } from '#joints/define.ts'
import { fail, pass } from '#model/verdict.ts'

export default defineCheck({
  id: 'cluster-access/creator-is-admin',
  title: 'Whoever created the cluster is its administrator, and nothing shows it',
  severity: 'high',
  since: '0.1.0',
  subject: 'aws/eks/Cluster',
  reads: [],
  sources: [
    'https://docs.aws.amazon.com/eks/latest/userguide/grant-k8s-access.html',
    'https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateAccessConfigRequest.html',
  ],

  test({ subject: cluster }) {
    const { accessConfig, name } = cluster.body
    if (accessConfig?.authenticationMode === undefined)
      throw new Unread({
        kind: cluster.kind,
        id: cluster.id,
        reason: 'the cluster was read without its access configuration',
        settle: { by: 'iam', action: 'eks:DescribeCluster' },
      })
    const mode = cluster.at(
      ['accessConfig', 'authenticationMode'],
      accessConfig.authenticationMode === 'CONFIG_MAP'
        ? 'the creator stands in no list'
        : 'the creator, if administrator, is an access entry that can be seen and deleted',
    )
    if (accessConfig.authenticationMode !== 'CONFIG_MAP') return pass(mode)
    if (accessConfig.bootstrapClusterCreatorAdminPermissions === false)
      return pass(cluster.at(['accessConfig', 'bootstrapClusterCreatorAdminPermissions'], 'the creator got no rights'))
    return fail({
      message: `the IAM principal that created cluster ${name} is in system:masters for ever, and aws-auth does not show it`,
      evidence: [mode],
      effect:
        'Whoever may assume that role, often one of a pipeline, has every right in the cluster and with it every role of its pods. It cannot be taken away.',
      help: 'Switch the authentication mode to API_AND_CONFIG_MAP, which cannot be undone: EKS then makes an access entry of the creator, which you can delete once another administrator has one.',
    })
  },
})
