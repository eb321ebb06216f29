import { Unread } from '#base/errors.ts'
import { decide, type Decision } from '#iam/decide.ts'
import { compiledDocument } from '#joints/access-documents.ts'
import { compilePolicy } from '#iam/compile.ts'
import type { Endpoint } from './endpoint.ts'
import { partitionOf } from './home.ts'

/** What the agent does at the endpoint. https://docs.aws.amazon.com/guardduty/latest/ug/eks-runtime-monitoring-coverage.html */
export const sendAction = 'guardduty:SendSecurityTelemetry'

const anything = compilePolicy({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] }, 'identity')

/**
 * Whether the policy of the endpoint lets agents of an account send. As whom an agent asks is not documented, so a policy that names principals, and one
 * that looks at what is not known of the request, says nothing.
 */
export function maySend(endpoint: Endpoint, account: string, document: unknown): Decision {
  const partition = partitionOf(endpoint.body.Arn)
  return decide(
    {
      principal: { kind: 'roleSession', roleArn: `arn:${partition}:iam::${account}:role/agent`, sessionName: 'agent' },
      action: sendAction,
      resource: '*',
      context: {
        'aws:PrincipalAccount': account,
        'aws:SourceVpce': endpoint.body.VpcEndpointId,
        ...(endpoint.body.VpcId === undefined ? {} : { 'aws:SourceVpc': endpoint.body.VpcId }),
      },
      unlistedKeys: 'unknown',
    },
    { identity: [anything], endpoint: [compiledDocument(document, 'endpoint')] },
  )
}

/** Statements that name principals: of those nobody knows whether the agent is one. */
export function namesPrincipals(document: unknown): boolean {
  const statements = [(document as { readonly Statement?: unknown }).Statement ?? []].flat() as unknown as readonly Readonly<
    Record<string, unknown>
  >[]
  return statements.some(({ Principal, NotPrincipal }) => NotPrincipal !== undefined || !isEveryone(Principal))
}

function isEveryone(principal: unknown): boolean {
  if (principal === '*') return true
  const named = (principal as { readonly AWS?: unknown } | undefined)?.AWS
  return named === '*' || (Array.isArray(named) && named.includes('*'))
}

/** @throws Unread when the policy was not read, or says nothing that holds whoever the agent is */
export function decided(endpoint: Endpoint, account: string): Decision {
  const document = endpoint.body.PolicyDocument
  const fact = (reason: string) => ({ kind: endpoint.kind, id: endpoint.id, reason })
  if (document === undefined || document === null)
    throw new Unread({ ...fact('the policy of the endpoint was not read'), settle: { by: 'iam', action: 'ec2:DescribeVpcEndpoints' } })
  if (namesPrincipals(document))
    throw new Unread(fact('the policy of the endpoint names principals, and as whom the agent asks is not documented'))
  const decision = maySend(endpoint, account, document)
  if (decision.answer === 'unknown') throw new Unread(fact(`whether the policy of the endpoint lets agents send: ${decision.reason}`))
  return decision
}
