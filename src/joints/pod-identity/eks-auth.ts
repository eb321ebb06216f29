import type { AccessAnswer, AccessQuestion } from '#joints/access.ts'
import { eksCluster } from '#joints/clusters.ts'
import { setting, targetOf } from '#model/change.ts'
import type { Evidence, Resource } from '#model/resource.ts'
import type { Fix } from '#model/verdict.ts'
import { associationsIn, clusterArnOf, type AssociationReader } from './association.ts'
import { boundaryOf } from './target-evidence.ts'

export const eksAuthAction = 'eks-auth:AssumeRoleForPodIdentity'

/** What the agent asks for, of the cluster that the node belongs to. https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneksauth.html */
export function eksAuthQuestion(world: AssociationReader, node: Resource<'k8s/Node'>): AccessQuestion {
  const name = 'cluster' in node.scope ? node.scope.cluster : ''
  const cluster = eksCluster(world, name)
  const [association] = cluster === undefined ? associationsIn(world, name) : []
  const tags = Object.entries(cluster?.body.tags ?? {})
  return {
    action: eksAuthAction,
    resource: cluster?.id ?? (association === undefined ? '*' : clusterArnOf(association)),
    context: Object.fromEntries(tags.map(([key, value]) => [`aws:ResourceTag/${key}`, value])),
  }
}

/** Where nothing denies the call and something does not allow it. */
export const refusedAt = (role: Resource<'aws/iam/Role'>, { decision }: AccessAnswer): Evidence =>
  decision.missingLayer === 'boundary'
    ? boundaryOf(role, eksAuthAction)
    : role.at(['RoleName'], `no policy that counts allows ${eksAuthAction}`)

/** Where the role's own policies lack the permission, and nothing else stands in the way. AWS's policy for nodes has it too, with much else. */
export function eksAuthFix(role: Resource<'aws/iam/Role'>, { decision, request }: AccessAnswer): Fix | undefined {
  if (decision.answer !== 'implicitDeny' || decision.missingLayer !== 'identity') return undefined
  return {
    title: `allow ${eksAuthAction} on the cluster`,
    safe: false,
    changes: [
      inlinePolicy(
        role,
        'pod-identity-agent',
        [eksAuthAction],
        request.resource,
        'Pods on nodes with this role then get the credentials of their associations.',
      ),
    ],
  }
}

/** One more inline policy of a role. */
export function inlinePolicy(role: Resource<'aws/iam/Role'>, name: string, actions: readonly string[], resourceArn: string, risk: string) {
  const resource = role as unknown as Resource
  const document = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: actions.length === 1 ? actions[0] : actions, Resource: resourceArn }],
  }
  return {
    target: targetOf(resource),
    edit: setting(resource, ['RolePolicyList', role.body.RolePolicyList?.length ?? 0], { PolicyName: name, PolicyDocument: document }),
    permissions: ['iam:PutRolePolicy'],
    risk,
  }
}
