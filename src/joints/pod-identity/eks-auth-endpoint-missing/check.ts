import { reachKinds, reachOf } from '#joints/closed-subnets.ts'
import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { accountText, associationsIn } from '../association.ts'

export default defineCheck({
  id: 'pod-identity/eks-auth-endpoint-missing',
  title: 'Nodes without a way out of their VPC have no endpoint of EKS Auth',
  severity: 'high',
  since: '0.1.0',
  subject: 'aws/eks/Cluster',
  reads: [...reachKinds, 'aws/eks/PodIdentityAssociation'],
  sources: [
    'https://docs.aws.amazon.com/eks/latest/userguide/private-clusters.html',
    'https://docs.aws.amazon.com/eks/latest/userguide/pod-id-agent-setup.html',
  ],

  test({ subject: cluster, world }) {
    const { name, resourcesVpcConfig } = cluster.body
    if (resourcesVpcConfig?.endpointPublicAccess !== false) return skip('only clusters without a public endpoint are judged')
    const [association] = associationsIn(world, name)
    if (association === undefined) return skip('the cluster has no Pod Identity association')
    const reach = reachOf(world, cluster, 'eks-auth')
    if (reach.is === 'skip') return skip(reach.why)
    const named = association.at(['serviceAccount'], `pods of ${accountText(association.body)} are to get credentials from EKS Auth`)
    if (reach.is === 'open') return pass(reach.at, named)

    return fail({
      message: `nodes of cluster ${name} in ${reach.vpc} have no way to EKS Auth`,
      evidence: [...reach.at, named],
      effect:
        'The agent cannot ask for credentials (connection timed out), so pods whose service account has an association get no AWS credentials.',
      help: `Make an interface endpoint for the service eks-auth of the region in ${reach.vpc}, with private DNS and a security group that lets nodes in on port 443.`,
    })
  },
})
