import { Unread } from '#base/errors.ts'
import { defineCheck } from '#joints/define.ts'
import { fail, pass } from '#model/verdict.ts'

export default defineCheck({
  id: 'irsa/issuer-missing',
  title: 'The cluster has no OIDC issuer, so AWS cannot tell its service accounts apart',
  severity: 'high',
  since: '0.1.0',
  subject: 'aws/eks/Cluster',
  reads: [],
  sources: [
    'https://docs.aws.amazon.com/eks/latest/userguide/enable-iam-roles-for-service-accounts.html',
    'https://docs.aws.amazon.com/eks/latest/userguide/eks-outposts-local-cluster-overview.html',
  ],

  test({ subject: cluster }) {
    const { identity, status, outpostConfig } = cluster.body
    const issuer = identity?.oidc?.issuer
    if (issuer !== undefined && issuer !== '') return pass(cluster.at(['identity', 'oidc', 'issuer'], 'the cluster has an issuer'))
    // A saved answer may be a part of the whole: only a whole one proves that there is none.
    if (status === 'CREATING') throw new Unread({ kind: cluster.kind, id: cluster.id, reason: 'the cluster is still being created' })
    if (identity === undefined && status === undefined) {
      throw new Unread({
        kind: cluster.kind,
        id: cluster.id,
        reason: 'the answer about the cluster has no identity',
        settle: { by: 'iam', action: 'eks:DescribeCluster' },
      })
    }
    return fail({
      message: `cluster ${cluster.body.name} has no OIDC issuer that an IAM provider could name`,
      evidence: [
        identity === undefined
          ? cluster.at(['name'], 'this cluster has no identity at all')
          : cluster.at(['identity'], 'no oidc.issuer in here'),
      ],
      effect: 'No IAM role can trust a service account of this cluster, so no pod gets AWS credentials through IRSA.',
      help:
        outpostConfig === undefined
          ? 'Ask AWS support why the cluster has none, or use EKS Pod Identity.'
          : 'Local clusters on Outposts do not offer IAM roles for service accounts. Use the role of the nodes.',
    })
  },
})
