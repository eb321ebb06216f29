import { awsConnection, connectionKinds } from '#joints/aws-connection.ts'
import { connectionVerdict } from '#joints/aws-connection-verdict.ts'
import { eksCluster } from '#joints/clusters.ts'
import { defineCheck } from '#joints/define.ts'
import { podsBeside } from '#joints/pods-beside.ts'
import { parseArn } from '#iam/arn.ts'
import { skip } from '#model/verdict.ts'
import { settled } from '../../secrets-store/settled.ts'
import { agentDaemonSets } from '../agent.ts'
import { workloadAssociation } from '../workload-association.ts'

export default defineCheck({
  id: 'pod-identity/eks-auth-connection-denied',
  title: 'A security group or a network ACL keeps the Pod Identity agent from EKS Auth',
  severity: 'high',
  since: '0.1.0',
  subject: 'workload',
  reads: [...connectionKinds, 'aws/eks/Cluster', 'aws/eks/PodIdentityAssociation'],
  sources: [
    'https://docs.aws.amazon.com/eks/latest/userguide/pod-id-agent-setup.html',
    'https://docs.aws.amazon.com/eks/latest/userguide/vpc-interface-endpoints.html',
  ],

  test({ subject: workload, world }) {
    const association = workloadAssociation(world, workload)
    if (association === undefined) return skip('the service account has no association')
    const { cluster } = workload
    const { region = '' } = parseArn(eksCluster(world, cluster)?.id ?? '') ?? {}
    // The agent is on the network of its node, and asks for every pod there.
    const agents = agentDaemonSets(world, cluster).flatMap(daemonSet => podsBeside(world, daemonSet, workload) ?? [])
    if (agents.length === 0) world.list('k8s/DaemonSet', { cluster })
    return settled(
      agents,
      agent =>
        connectionVerdict(awsConnection(world, cluster, agent.pods, 'eks-auth', region), {
          workload: agent.workload,
          message: `${agent.workload.name}, which gives ${workload.name} its credentials, cannot open a connection to EKS Auth`,
          effect: 'AssumeRoleForPodIdentity gets no answer, so the agent gives the pods no AWS credentials.',
          because: association.at(['serviceAccount'], 'its pods ask the agent of their node for credentials'),
        }),
      'no agent runs in the cluster, which another check tells',
    )
  },
})
