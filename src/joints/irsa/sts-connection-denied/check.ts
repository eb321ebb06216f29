import { awsConnection, connectionKinds } from '#joints/aws-connection.ts'
import { connectionVerdict } from '#joints/aws-connection-verdict.ts'
import { eksCluster } from '#joints/clusters.ts'
import { defineCheck } from '#joints/define.ts'
import { podsOfWorkload } from '#joints/pod-sorts.ts'
import { parseArn } from '#iam/arn.ts'
import { skip } from '#model/verdict.ts'
import { annotation, annotationPath, roleArnOf } from '../service-account.ts'
import { serviceAccountOf } from '../workload-service-account.ts'

export default defineCheck({
  id: 'irsa/sts-connection-denied',
  title: 'A policy or a security group keeps pods from STS',
  severity: 'high',
  since: '0.1.0',
  subject: 'workload',
  reads: [...connectionKinds, 'aws/eks/Cluster'],
  sources: [
    'https://docs.aws.amazon.com/eks/latest/userguide/iam-roles-for-service-accounts.html',
    'https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html',
    'https://kubernetes.io/docs/concepts/services-networking/network-policies/',
  ],

  test({ subject: workload, world }) {
    const account = serviceAccountOf(world, workload)
    if (account === undefined || roleArnOf(account) === undefined) return skip('its service account asks for no role')
    const { region = '' } = parseArn(eksCluster(world, workload.cluster)?.id ?? '') ?? {}
    const connection = awsConnection(world, workload.cluster, podsOfWorkload(world, workload).pods, 'sts', region)
    return connectionVerdict(connection, {
      workload,
      message: `${workload.name} cannot open a connection to STS`,
      effect: 'AssumeRoleWithWebIdentity times out, so the pods get no AWS credentials.',
      because: account.at(annotationPath(annotation.roleArn), 'its pods ask STS for this role'),
    })
  },
})
