import { compilePolicy } from '#iam/compile.ts'
import { decide, type Policies } from '#iam/decide.ts'
import type { Context, Principal } from '#iam/request.ts'
import { accountDecides, calls, listing, principalTags, resourceOf, resourceTags, type Case, type StandFacts } from './cases.ts'

export type Answer = 'allowed' | 'denied' | 'unknown'

/** A case, and the request's keys as AWS fills them. */
export interface Asked {
  readonly question: Case
  readonly context: Context
}

export function askedOf(question: Case, facts: StandFacts): Asked {
  return { question, context: contextOf(question, facts) }
}

export function engineAnswer({ question, context }: Asked, facts: StandFacts): Answer {
  const { caller, call, identity, boundary, session } = question
  const { action, on } = calls[call]
  const resource = question.resource ?? (on === 'key' ? accountDecides(facts.account) : undefined)
  const policies: Policies = {
    identity: identity.map(document => compilePolicy(document, 'identity')),
    ...(boundary === undefined ? {} : { boundary: [compilePolicy(boundary, 'boundary')] }),
    ...(session === undefined ? {} : { session: [compilePolicy(session, 'session')] }),
    ...(resource === undefined ? {} : { resource: [compilePolicy(resource, on === 'key' ? 'key' : 'resource')] }),
    grants: [],
  }
  const request = {
    principal: principalOf(caller, facts),
    action,
    resource: resourceOf(facts, question),
    resourceAccount: facts.account,
    context,
  }
  const { answer } = decide(request, policies)
  if (answer === 'unknown') return 'unknown'
  return answer === 'allow' ? 'allowed' : 'denied'
}

function principalOf(caller: Case['caller'], { user, role }: StandFacts): Principal {
  return caller === 'user'
    ? { kind: 'user', arn: user.arn, uniqueId: user.id }
    : { kind: 'roleSession', roleArn: role.arn, sessionName: role.sessionName, uniqueId: role.id }
}

const tagged = (prefix: string, tags: Readonly<Record<string, string>>): Context =>
  Object.fromEntries(Object.entries(tags).map(([key, value]) => [`${prefix}/${key}`, value]))

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html */
function contextOf({ caller, call }: Case, facts: StandFacts): Context {
  const { account, user, role } = facts
  const own: Context =
    caller === 'user'
      ? { 'aws:PrincipalArn': user.arn, 'aws:PrincipalType': 'User', 'aws:userid': user.id, 'aws:username': user.name }
      : {
          'aws:PrincipalArn': role.arn,
          'aws:PrincipalType': 'AssumedRole',
          'aws:userid': `${role.id}:${role.sessionName}`,
          'aws:MultiFactorAuthPresent': 'false',
        }
  return {
    ...own,
    ...tagged('aws:PrincipalTag', principalTags),
    'aws:PrincipalAccount': account,
    'aws:ResourceAccount': account,
    'aws:SecureTransport': 'true',
    'aws:SourceIp': '127.0.0.1',
    'aws:ViaAWSService': 'false',
    'aws:CurrentTime': new Date().toISOString(),
    // Global services answer in one region. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-requestedregion
    'aws:RequestedRegion': calls[call].on === 'bystander' ? 'us-east-1' : facts.region,
    ...ofService(call, facts),
  }
}

/** As the services' pages list them, https://docs.aws.amazon.com/service-authorization/latest/reference/list_awskeymanagementservice.html for one. */
function ofService(call: Case['call'], { account, resources }: StandFacts): Context {
  switch (calls[call].on) {
    case 'key':
      return { ...tagged('aws:ResourceTag', resourceTags), 'kms:CallerAccount': account }
    case 'secret':
      return {
        ...tagged('aws:ResourceTag', resourceTags),
        ...tagged('secretsmanager:ResourceTag', resourceTags),
        'secretsmanager:SecretId': resources.secret,
      }
    case 'object':
      return tagged('s3:ExistingObjectTag', resourceTags)
    case 'bucket':
      return { 's3:prefix': listing.prefix, 's3:max-keys': String(listing.maxKeys) }
    case 'bystander':
      return {}
  }
}
