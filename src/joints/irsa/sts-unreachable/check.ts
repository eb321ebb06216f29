import { reachKinds, reachOf } from '#joints/closed-subnets.ts'
import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { annotation, annotationPath, roleArnOf } from '../service-account.ts'

export default defineCheck({
  id: 'irsa/sts-unreachable',
  title: 'Pods without a way out of their VPC have no endpoint of STS',
  severity: 'high',
  since: '0.1.0',
  subject: 'aws/eks/Cluster',
  reads: [...reachKinds, 'k8s/ServiceAccount'],
  sources: [
    'https://docs.aws.amazon.com/eks/latest/userguide/private-clusters.html',
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_interface_vpc_endpoints.html',
  ],

  test({ subject: cluster, world }) {
    const asking = world
      .seen('k8s/ServiceAccount')
      .find(account => roleArnOf(account) !== undefined && 'cluster' in account.scope && account.scope.cluster === cluster.body.name)
    // Only a whole list says that there is none.
    if (asking === undefined) world.list('k8s/ServiceAccount', { cluster: cluster.body.name })
    if (asking === undefined) return skip('no service account of the cluster that was read asks for a role')
    const reach = reachOf(world, cluster, 'sts')
    if (reach.is === 'skip') return skip(reach.why)
    const asks = asking.at(annotationPath(annotation.roleArn), 'pods ask STS for this role')
    if (reach.is === 'open') return pass(reach.at)

    return fail({
      message: `pods of cluster ${cluster.body.name} in ${reach.vpc} have no way to STS`,
      evidence: [...reach.at, asks],
      effect: 'AssumeRoleWithWebIdentity times out, so pods whose service account asks for a role get no AWS credentials.',
      help: `Make an interface endpoint for the service sts of the region in ${reach.vpc}, with private DNS and a security group that lets pods in on port 443.`,
    })
  },
})
