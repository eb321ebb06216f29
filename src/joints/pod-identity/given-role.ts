import type { Proposal } from '#joints/proposal.ts'
import { UserError } from '#base/errors.ts'
import type { PolicyDocument } from '#iam/document.ts'
import type { Change } from '#model/change.ts'
import { ownerTag } from '#model/owner.ts'
import type { Resource } from '#model/resource.ts'
import { podService } from './pod-trust.ts'

/** A service account, and where a blueprint asks for it. */
export interface AccountPlace {
  readonly namespace: string
  readonly serviceAccount: string
  readonly where: string
}

/** Only this service account of this cluster: EKS sends both as tags. https://docs.aws.amazon.com/eks/latest/userguide/pod-id-role.html */
export const podTrustFor = (clusterArn: string, { namespace, serviceAccount }: Omit<AccountPlace, 'where'>): PolicyDocument => ({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { Service: podService },
      Action: ['sts:AssumeRole', 'sts:TagSession'],
      Condition: {
        StringEquals: {
          'aws:RequestTag/eks-cluster-arn': clusterArn,
          'aws:RequestTag/kubernetes-namespace': namespace,
          'aws:RequestTag/kubernetes-service-account': serviceAccount,
        },
      },
    },
  ],
})

/** The association of a service account that has none. Its ARN has an id of EKS at its end, which is not known yet: names stand there. */
export function associationProposal(
  cluster: Resource<'aws/eks/Cluster'>,
  { namespace, serviceAccount, where }: AccountPlace,
  roleArn: string,
): Proposal {
  const { scope } = cluster
  if ('cluster' in scope) throw new UserError('BAD_BLUEPRINT', 'the cluster is of no account', { where })
  const associationArn = `${cluster.id.replace(':cluster/', ':podidentityassociation/')}/${namespace}/${serviceAccount}`
  const body = {
    associationArn,
    clusterName: cluster.body.name,
    namespace,
    serviceAccount,
    roleArn,
    tags: { [ownerTag.Key]: ownerTag.Value },
  }
  const change: Change = {
    target: { kind: 'aws/eks/PodIdentityAssociation', id: associationArn, scope: { ...scope, clusterName: cluster.body.name } },
    edit: { do: 'create', body },
    permissions: ['eks:CreatePodIdentityAssociation', 'iam:GetRole', 'iam:PassRole'],
    risk: 'Pods that start from now on have the role; pods that run keep what they have.',
  }
  const title = `give ${namespace}/${serviceAccount} the role ${roleArn.slice(roleArn.lastIndexOf('/') + 1)}`
  return { change, title, makes: 'pod-identity: association' }
}
