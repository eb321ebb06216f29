import { Unread } from '#base/errors.ts'
import { defineCheck } from '#joints/define.ts'
import { workloadKinds } from '#joints/workloads.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { wayKinds, waysTo } from '../../secrets-store/ways-to-service.ts'
import { clusterOf, homeOf } from '../home.ts'
import { controllerIn, workloadOf } from '../operator.ts'

/** The driver's own setting, the SDK's, and those of any Go program. https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html */
const ownWays: ReadonlySet<string> = new Set(['AWS_EC2_ENDPOINT', 'AWS_ENDPOINT_URL', 'AWS_ENDPOINT_URL_EC2', 'HTTPS_PROXY', 'https_proxy'])

export default defineCheck({
  id: 'ebs-encryption/ec2-unreachable',
  title: 'The nodes of the EBS CSI controller have neither a route out nor an endpoint of EC2',
  severity: 'high',
  since: '0.1.0',
  subject: 'k8s/Deployment',
  reads: [...new Set([...workloadKinds, ...wayKinds, 'aws/eks/Cluster'] as const)],
  sources: [
    'https://docs.aws.amazon.com/eks/latest/userguide/private-clusters.html',
    'https://docs.aws.amazon.com/vpc/latest/privatelink/interface-endpoints.html#enable-private-dns-names',
  ],

  test({ subject: deployment, world }) {
    const controller = controllerIn(deployment)
    if (controller === undefined) return skip('it is not the controller of the EBS CSI driver')
    const workload = workloadOf(world, deployment)
    if (workload === undefined) return skip('it makes no pods')
    const { region } = homeOf(world, clusterOf(deployment))
    const way = waysTo(world, workload, 'ec2', region)
    if (way.is === 'none') return skip(way.why)
    if (way.is === 'open') return pass(...way.because, controller.image('this is the controller'))
    const { env = [], envFrom = [] } = controller.container
    const own = env.find(({ name }) => ownWays.has(name))
    if (own !== undefined) return skip(`its container has a way of its own: ${own.name}`)
    if (envFrom.length > 0)
      throw new Unread({
        kind: 'k8s/Deployment',
        id: deployment.id,
        reason: 'its container may have a way of its own: what envFrom gives was not read',
      })
    return fail({
      message: `node ${way.node.body.metadata.name} of the EBS CSI controller ${deployment.id} has no way to EC2 in ${region}: no route out of its subnet and no endpoint with private DNS`,
      evidence: [...way.evidence, controller.image('this is the controller')],
      effect:
        'It can neither make nor attach volumes from there: calls of EC2 end in dial tcp …:443: i/o timeout, and claims stay Pending.',
      help: `Make an interface endpoint com.amazonaws.${region}.ec2 with private DNS in the VPC; IRSA takes one of sts, and Pod Identity one of eks-auth.`,
    })
  },
})
