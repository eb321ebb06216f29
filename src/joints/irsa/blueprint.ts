import { accountProposals } from '#joints/account-proposals.ts'
import { issuerOf } from '#joints/clusters.ts'
import { declaredAccess, declaredAccessKinds } from '#joints/declared-access.ts'
import { definePart, type JointBlueprint } from '#joints/define-blueprint.ts'
import { choiceKinds, identityFor, needsRole } from '#joints/identity-choice.ts'
import { inTurn } from '#joints/in-turn.ts'
import type { Proposal } from '#joints/proposal.ts'
import { restartProposals } from '#joints/restart-proposals.ts'
import { roleNameFor } from '#joints/role-name.ts'
import { trustOf, type WebIdentityToken } from '#joints/trust.ts'
import { proposedRole, workloadRole } from '#joints/workload-role.ts'
import type { Workload } from '#joints/workloads.ts'
import { UserError } from '#base/errors.ts'
import type { PolicyDocument } from '#iam/document.ts'
import type { BlueprintWorkload } from '#model/blueprint.ts'
import { targetOf, type Change } from '#model/change.ts'
import { isOwned, ownerTag } from '#model/owner.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { accountNameOf, associationOf } from '../pod-identity/association.ts'
import { annotating } from './annotate.ts'
import { carriesIdentity } from './injection-fault.ts'
import { currentPods, podView, templateView } from './judged-shapes.ts'
import { audienceChange, providerChange } from './provider.ts'
import { audienceOf, parseRoleArn, providerArn, roleArnOf } from './service-account.ts'
import { staleInjection } from './stale-injection.ts'
import { hasVolume, tokenVolume } from './webhook.ts'

const kinds = [...choiceKinds, ...declaredAccessKinds, 'aws/iam/OpenIDConnectProvider', 'k8s/Namespace'] as const
type BlueprintReader = Reader<(typeof kinds)[number]>
type Cluster = Resource<'aws/eks/Cluster'>

const joint = 'irsa'

export default {
  joint,
  parts: ({ workloads }) =>
    workloads.filter(needsRole).map(workload =>
      definePart({
        about: `${workload.namespace}/${workload.serviceAccount}`,
        reads: kinds,
        propose: (world, cluster) => proposals(world, cluster, workload),
      }),
    ),
} satisfies JointBlueprint

function proposals(world: BlueprintReader, cluster: Cluster, workload: BlueprintWorkload): readonly Proposal[] {
  const choice = identityFor(world, cluster, workload)
  if (choice.identity !== 'irsa') return []
  const roleArn = roleArnFor(world, cluster, workload)
  return inTurn<(typeof kinds)[number]>(
    world,
    now => accountProposals(now, cluster, workload, joint),
    now => providerProposals(now, tokenOf(now, cluster, workload, roleArn)),
    now => ownRole(now, cluster, workload, roleArn),
    now => declaredAccess(now, cluster, workload, proposedRole(now, roleArn), joint),
    now => associationRemoval(now, cluster, workload),
    now => annotationProposals(now, cluster, workload, roleArn, choice.because),
    now => restartProposals(now, accountNameOf(cluster, workload), joint, used => withoutRole(now, used)),
  )
}

const accountIn = (world: BlueprintReader, cluster: Cluster, { namespace, serviceAccount }: BlueprintWorkload) =>
  world.find('k8s/ServiceAccount', `${namespace}/${serviceAccount}`, { cluster: cluster.body.name })

/** The role that it asks for or is associated with, else one of its own. */
function roleArnFor(world: BlueprintReader, cluster: Cluster, workload: BlueprintWorkload): string {
  const account = accountIn(world, cluster, workload)
  const asked = account === undefined ? undefined : roleArnOf(account)
  if (asked !== undefined && parseRoleArn(asked) !== undefined) return asked
  return associationOf(world, accountNameOf(cluster, workload))?.body.roleArn ?? roleNameFor(cluster.id, workload).roleArn
}

function tokenOf(
  world: BlueprintReader,
  cluster: Cluster,
  workload: BlueprintWorkload,
  roleArn: string,
): WebIdentityToken & { readonly account: string } {
  const role = parseRoleArn(roleArn)
  const account = accountIn(world, cluster, workload)
  if (role === undefined || account === undefined) throw new Error('the role and the service account were proposed before')
  const { key } = issuerOf(world, { cluster: cluster.body.name })
  return {
    provider: providerArn(role, key),
    issuer: key,
    subject: `system:serviceaccount:${workload.namespace}:${workload.serviceAccount}`,
    audience: audienceOf(account),
    account: role.account,
  }
}

/**
 * No thumbprint: IAM trusts the certificate authorities of its own library, and EKS's certificates are signed by one.
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html
 */
function providerProposals(world: BlueprintReader, token: ReturnType<typeof tokenOf>): readonly Proposal[] {
  const provider = world.find('aws/iam/OpenIDConnectProvider', token.provider)
  const makes = `${joint}: provider`
  if (provider === undefined)
    return [{ change: tagged(providerChange(token, token)), title: `create the OIDC provider of ${token.issuer}`, makes }]
  const audiences = provider.body.ClientIDList ?? []
  if (audiences.includes(token.audience)) return []
  return [{ change: audienceChange(provider, audiences, token.audience), title: `take tokens for ${token.audience}`, makes }]
}

/** What a plan makes is known as its own later. */
function tagged(change: Change): Change {
  const { edit, permissions } = change
  if (edit.do !== 'create') return change
  const body = { ...(edit.body as object), Tags: [ownerTag] }
  return { ...change, edit: { do: 'create', body }, permissions: [...permissions, 'iam:TagOpenIDConnectProvider'] }
}

/** Only this service account, and only tokens that are meant for STS. https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html */
const trustFor = ({ provider, issuer, subject, audience }: WebIdentityToken): PolicyDocument => ({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { Federated: provider },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: { StringEquals: { [`${issuer}:aud`]: audience, [`${issuer}:sub`]: subject } },
    },
  ],
})

function ownRole(world: BlueprintReader, cluster: Cluster, workload: BlueprintWorkload, arn: string): readonly Proposal[] {
  const token = tokenOf(world, cluster, workload, arn)
  const trust = trustFor(token)
  return workloadRole(world, cluster, workload, { arn, trust, joint, isLetIn: (now, role) => trustOf(now, role, token).allowed })
}

/** The webhook injects for an association alone, whatever the annotation says. */
function associationRemoval(world: BlueprintReader, cluster: Cluster, workload: BlueprintWorkload): readonly Proposal[] {
  const association = associationOf(world, accountNameOf(cluster, workload))
  if (association === undefined) return []
  const whom = `${workload.namespace}/${workload.serviceAccount}`
  if (!isOwned(association.body)) {
    throw new UserError('NOT_OURS', `${whom} has an association that Mortise did not make, and an association goes before irsa`, {
      where: workload.where,
      help: `declare identity: pod-identity, or delete association ${association.body.associationId ?? association.id} first`,
    })
  }
  const change = {
    target: targetOf(association),
    edit: { do: 'delete', body: association.body },
    permissions: ['eks:DeletePodIdentityAssociation'],
    risk: 'Pods that run keep the credentials that they have, for hours.',
  } as const
  return [{ change, title: `delete the association of ${whom}`, makes: `${joint}: service account` }]
}

function annotationProposals(
  world: BlueprintReader,
  cluster: Cluster,
  workload: BlueprintWorkload,
  roleArn: string,
  because: string | undefined,
): readonly Proposal[] {
  const account = accountIn(world, cluster, workload)
  if (account === undefined || roleArnOf(account) === roleArn) return []
  const title = `let ${account.id} ask for role ${roleArn.slice(roleArn.lastIndexOf('/') + 1)}`
  return [{ change: annotating(account, roleArn), title, makes: `${joint}: annotation`, ...(because === undefined ? {} : { because }) }]
}

/** Pods without what the webhook injects, or with that of another time; none where it would inject nothing into new ones either. */
function withoutRole(world: BlueprintReader, workload: Workload): readonly Resource<'k8s/Pod'>[] {
  const account = world.find('k8s/ServiceAccount', `${workload.namespace}/${workload.serviceAccountName}`, workload.resource.scope)
  if (account === undefined || !carriesIdentity(templateView(workload, account))) return []
  return currentPods(workload).filter(
    pod => !hasVolume(podView(pod).spec, tokenVolume) || staleInjection(workload, account, pod) !== undefined,
  )
}
