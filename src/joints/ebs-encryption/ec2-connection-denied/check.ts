import { awsConnection, connectionKinds } from '#joints/aws-connection.ts'
import { connectionVerdict } from '#joints/aws-connection-verdict.ts'
import { defineCheck } from '#joints/define.ts'
import { podsOfWorkload } from '#joints/pod-sorts.ts'
import { skip } from '#model/verdict.ts'
import { clusterOf, homeOf } from '../home.ts'
import { controllerIn, workloadOf } from '../operator.ts'

export default defineCheck({
  id: 'ebs-encryption/ec2-connection-denied',
  title: 'A policy or a security group keeps the EBS CSI controller from EC2',
  severity: 'high',
  since: '0.1.0',
  subject: 'k8s/Deployment',
  reads: [...connectionKinds, 'aws/eks/Cluster'],
  sources: [
    'https://docs.aws.amazon.com/eks/latest/userguide/ebs-csi.html',
    'https://kubernetes.io/docs/concepts/services-networking/network-policies/',
  ],

  test({ subject: deployment, world }) {
    const controller = controllerIn(deployment)
    if (controller === undefined) return skip('it is not the controller of the EBS CSI driver')
    const workload = workloadOf(world, deployment)
    if (workload === undefined) return skip('it makes no pods')
    const { region } = homeOf(world, clusterOf(deployment))
    const connection = awsConnection(world, workload.cluster, podsOfWorkload(world, workload).pods, 'ec2', region)
    return connectionVerdict(connection, {
      workload,
      message: `the EBS CSI controller ${deployment.id} cannot open a connection to EC2`,
      effect: 'It can neither make nor attach volumes: calls of EC2 end in dial tcp …:443: i/o timeout, and claims stay Pending.',
      because: controller.image('this is the controller'),
    })
  },
})
