import { randomUUID } from 'node:crypto'
import {
  DescribePodIdentityAssociationCommand,
  EKSClient,
  ListPodIdentityAssociationsCommand,
  type PodIdentityAssociation,
} from '@aws-sdk/client-eks'
import { GetRoleCommand, IAMClient, NoSuchEntityException } from '@aws-sdk/client-iam'
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts'
import { rootCredentials } from '../aws/account.ts'
import { identity } from '../versions.ts'
import { jsonAnswer, jsonError } from './answers.ts'
import type { GatewayContext } from './handlers.ts'
import { isSignedBy, parseToken } from './json-web-token.ts'
import type { Answer, Handler } from './request.ts'
import { clusterKeys } from './verify-web-identity.ts'

const path = /^\/clusters\/([^/]+)\/assume-role-for-pod-identity$/
const audience = 'pods.eks.amazonaws.com'
const service = 'pods.eks.amazonaws.com'
const actions = ['sts:AssumeRole', 'sts:TagSession']

/** Of one pod, by its token. */
interface Pod {
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly serviceAccount: string
}

/**
 * What EKS Auth does for the agent of a node: it believes the token, finds the association of its service account, and assumes the role as the service
 * that the role has to trust. ministack hands sessions to principals of accounts alone, so roles of the lab trust the account's root beside it.
 * https://docs.aws.amazon.com/eks/latest/APIReference/API_auth_AssumeRoleForPodIdentity.html
 */
export function assumeRoleForPodIdentity(context: GatewayContext): Handler {
  const settings = { endpoint: context.emulatorEndpoint, region: identity.region, credentials: rootCredentials(identity.accountId) }
  const [eks, iam, sts] = [new EKSClient(settings), new IAMClient(settings), new STSClient(settings)]
  return {
    operation: 'eks-auth:AssumeRoleForPodIdentity',
    matches: request => path.test(request.path),
    async answer({ path: asked, body }) {
      const clusterName = path.exec(asked)?.[1] ?? ''
      const { token = '' } = JSON.parse(body.toString('utf8')) as { readonly token?: string }
      const pod = await podOf(token, context)
      if ('status' in pod) return pod
      const association = await associationOf(eks, clusterName, pod)
      if (association === undefined) return jsonError('ResourceNotFoundException', noAssociation(pod), 404)
      if (!(await trustsService(iam, association.roleArn ?? ''))) return jsonError('AccessDeniedException', refused, 400)
      return jsonAnswer(await session(sts, clusterName, pod, association))
    },
  }
}

const noAssociation = ({ namespace, serviceAccount }: Pod): string =>
  `No association found for service account ${serviceAccount} in namespace ${namespace}`
const refused = 'Unauthorized Exception! EKS does not have permissions to assume the associated role.'

async function podOf(text: string, context: GatewayContext): Promise<Pod | Answer> {
  const token = parseToken(text)
  const key = (await clusterKeys(context)).find(({ kid }) => kid === token?.header.kid)
  if (token === undefined || key === undefined || !isSignedBy(token, key))
    return jsonError('InvalidTokenException', 'The token is not of this cluster')
  const { aud, exp, 'kubernetes.io': bound } = token.claims
  if (![aud].flat().includes(audience)) return jsonError('InvalidTokenException', `The token is not for ${audience}`)
  if (typeof exp !== 'number' || Date.now() >= exp * 1000) return jsonError('ExpiredTokenException', 'The token is expired')
  const { namespace, pod, serviceaccount } = bound as {
    readonly namespace: string
    readonly pod: { readonly name: string; readonly uid: string }
    readonly serviceaccount: { readonly name: string }
  }
  return { namespace, ...pod, serviceAccount: serviceaccount.name }
}

async function associationOf(
  eks: EKSClient,
  clusterName: string,
  { namespace, serviceAccount }: Pod,
): Promise<PodIdentityAssociation | undefined> {
  const { associations = [] } = await eks.send(new ListPodIdentityAssociationsCommand({ clusterName, namespace, serviceAccount }))
  const found = associations.find(each => each.namespace === namespace && each.serviceAccount === serviceAccount)
  if (found === undefined) return undefined
  const { associationId } = found
  return (await eks.send(new DescribePodIdentityAssociationCommand({ clusterName, associationId }))).association
}

interface Statement {
  readonly Effect: string
  readonly Principal?: { readonly Service?: string | readonly string[] }
  readonly Action?: string | readonly string[]
  readonly Condition?: unknown
}

/** Whether the role lets the service in, and lets it tag the session. Conditions are beyond the lab. */
async function trustsService(iam: IAMClient, arn: string): Promise<boolean> {
  try {
    const { Role } = await iam.send(new GetRoleCommand({ RoleName: arn.split('/').at(-1) }))
    const document = JSON.parse(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? '{}')) as { readonly Statement?: readonly Statement[] }
    const own = (document.Statement ?? []).filter(({ Principal }) => [Principal?.Service].flat().includes(service))
    if (own.some(({ Effect, Condition }) => Effect !== 'Allow' || Condition !== undefined))
      throw new Error(`the lab does not judge denials and conditions in the trust of ${arn}`)
    const allowed = new Set(own.flatMap(({ Action }) => [Action].flat()))
    return actions.every(action => allowed.has(action))
  } catch (error) {
    if (error instanceof NoSuchEntityException) return false
    throw error
  }
}

/** https://docs.aws.amazon.com/eks/latest/userguide/pod-id-abac.html */
const tagsOf = (clusterName: string, { namespace, name, uid, serviceAccount }: Pod) =>
  Object.entries({
    'eks-cluster-arn': `arn:aws:eks:${identity.region}:${identity.accountId}:cluster/${clusterName}`,
    'eks-cluster-name': clusterName,
    'kubernetes-namespace': namespace,
    'kubernetes-service-account': serviceAccount,
    'kubernetes-pod-name': name,
    'kubernetes-pod-uid': uid,
  }).map(([Key, Value]) => ({ Key, Value }))

async function session(sts: STSClient, clusterName: string, pod: Pod, { associationArn, associationId, roleArn }: PodIdentityAssociation) {
  const RoleSessionName = `eks-${clusterName}-${pod.name}-${randomUUID()}`.slice(0, 64)
  const { Credentials, AssumedRoleUser } = await sts.send(
    new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName, Tags: tagsOf(clusterName, pod) }),
  )
  return {
    subject: { namespace: pod.namespace, serviceAccount: pod.serviceAccount },
    audience,
    podIdentityAssociation: { associationArn, associationId },
    assumedRoleUser: { arn: AssumedRoleUser?.Arn, assumeRoleId: AssumedRoleUser?.AssumedRoleId },
    credentials: {
      accessKeyId: Credentials?.AccessKeyId,
      secretAccessKey: Credentials?.SecretAccessKey,
      sessionToken: Credentials?.SessionToken,
      expiration: (Credentials?.Expiration?.getTime() ?? 0) / 1000,
    },
  }
}
