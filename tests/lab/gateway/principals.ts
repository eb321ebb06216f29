import { GetUserCommand, IAMClient, SimulatePrincipalPolicyCommand } from '@aws-sdk/client-iam'
import { rootCredentials } from '../aws/account.ts'
import { identity } from '../versions.ts'
import { isRefusal, jsonError } from './answers.ts'
import type { Answer, GatewayRequest, Handler, Upstream } from './request.ts'

/** Who calls services that the emulator does not have, and whether its policies let them. */
export interface Principals {
  /** Rows that let calls through and note who gets which access key. */
  readonly rows: readonly Handler[]
  /** The account of the caller, or undefined for an access key that was made behind the gateway's back. */
  accountOf(request: GatewayRequest): string | undefined
  /** The refusal that AWS would give, or undefined when the caller is who it says and may do this on that resource. */
  refusal(request: GatewayRequest, upstream: Upstream, action: string, resource?: string): Promise<Answer | undefined>
}

const rootKey = /^\d{12}$/

/**
 * ministack verifies the signature of every call, but knows permissions only for the operations that it has. So the gateway notes the principals of
 * access keys as they are made, and asks ministack's iam:SimulatePrincipalPolicy about the rest.
 */
export function principals(emulatorEndpoint: string): Principals {
  const byKey = new Map<string, string>()
  const iamOf = (account: string) =>
    new IAMClient({ endpoint: emulatorEndpoint, region: identity.region, credentials: rootCredentials(account) })
  const accountOf = ({ accessKeyId = '' }: GatewayRequest) =>
    rootKey.test(accessKeyId) ? accessKeyId : byKey.get(accessKeyId)?.split(':')[4]
  return {
    rows: [noteRole(byKey), noteUser(byKey, accountOf, iamOf)],
    accountOf,
    async refusal(request, upstream, action, resource = '*') {
      const answer = await upstream(request)
      if (isRefusal(answer)) return answer
      const { accessKeyId = '' } = request
      if (rootKey.test(accessKeyId)) return undefined
      const arn = byKey.get(accessKeyId)
      if (arn === undefined) throw new Error(`nobody saw the access key ${accessKeyId} made, so its permissions are not known`)
      const input = { PolicySourceArn: arn, ActionNames: [action], ResourceArns: [resource] }
      const { EvaluationResults } = await iamOf(arn.split(':')[4] ?? '').send(new SimulatePrincipalPolicyCommand(input))
      if (EvaluationResults?.[0]?.EvalDecision === 'allowed') return undefined
      const why = 'because no identity-based policy allows the'
      const message = `User: ${arn} is not authorized to perform: ${action} on resource: ${resource} ${why} ${action} action`
      return jsonError('AccessDeniedException', message, 403)
    },
  }
}

const element = (answer: Answer, name: string) => new RegExp(`<${name}>([^<]+)</${name}>`).exec(answer.body.toString('utf8'))?.[1]

function noteRole(byKey: Map<string, string>): Handler {
  return {
    operation: 'sts:AssumeRole',
    matches: ({ service, parameters }) => service === 'sts' && parameters.get('Action') === 'AssumeRole',
    async answer(request, upstream) {
      const answer = await upstream(request)
      const key = element(answer, 'AccessKeyId')
      if (answer.status === 200 && key !== undefined) byKey.set(key, request.parameters.get('RoleArn') ?? '')
      return answer
    },
  }
}

function noteUser(byKey: Map<string, string>, accountOf: Principals['accountOf'], iamOf: (account: string) => IAMClient): Handler {
  return {
    operation: 'iam:CreateAccessKey',
    matches: ({ service, parameters }) => service === 'iam' && parameters.get('Action') === 'CreateAccessKey',
    async answer(request, upstream) {
      const answer = await upstream(request)
      const [key, UserName, account] = [element(answer, 'AccessKeyId'), element(answer, 'UserName'), accountOf(request)]
      if (answer.status !== 200 || key === undefined || UserName === undefined || account === undefined) return answer
      const { User } = await iamOf(account).send(new GetUserCommand({ UserName }))
      if (User?.Arn !== undefined) byKey.set(key, User.Arn)
      return answer
    },
  }
}
