import { judge, isObject, listOf, type Caller, type Case } from './statements.ts'
import { valuesOf, type Facts, type Word } from './text.ts'

/**
 * A slow, separate evaluator of IAM, written from the AWS documents (policy evaluation logic, elements, condition operators). It walks the
 * flow chart with plain yes and no, twice: once with everything open taken in the caller's favour, once against. Where both walks agree the
 * answer is certain, else it is unknown.
 */
export interface OracleRequest {
  readonly principal: { readonly kind: string; readonly [key: string]: unknown }
  readonly action: string
  readonly resource: string
  readonly resourceAccount?: string
  readonly context: Facts
  readonly unlistedKeys?: 'absent' | 'unknown'
  readonly organization?: { readonly principalInManagementAccount?: boolean; readonly resourceInManagementAccount?: boolean }
  readonly awsManagedKey?: boolean
}

type Documents = readonly unknown[] | 'unread'
export interface OraclePolicies {
  readonly serviceControl?: readonly Documents[] | 'unread'
  readonly resourceControl?: readonly Documents[] | 'unread'
  readonly endpoint?: Documents
  readonly resource?: Documents
  readonly resourceKind?: 'resource' | 'trust' | 'key' | 'repository'
  readonly identity?: Documents
  readonly boundary?: Documents
  readonly session?: Documents
}

export type OracleAnswer = 'allow' | 'explicitDeny' | 'implicitDeny' | 'unknown'
type Mood = 'favour' | 'against'

export function oracle(request: OracleRequest, policies: OraclePolicies): OracleAnswer {
  if (request.action.toLowerCase() === 'sts:getcalleridentity') return 'allow'
  const best = walk(request, policies, 'favour')
  const worst = walk(request, policies, 'against')
  if (best === worst) return best
  // Certainly denied, only the wording is open; or certainly explicit.
  if (best !== 'allow' && worst !== 'allow') return best === 'explicitDeny' ? 'explicitDeny' : 'implicitDeny'
  return 'unknown'
}

export function caseOf(request: OracleRequest, policies: OraclePolicies = {}): Case {
  const unlisted = request.unlistedKeys ?? 'absent'
  return {
    caller: callerOf(request, policies),
    action: request.action,
    resource: request.resource,
    lookup: key => valuesOf(request.context, unlisted, key),
  }
}

interface Says {
  readonly denies: boolean
  readonly grants: readonly ('account' | 'role' | 'alone')[]
}

function taken(word: Word, effect: 'Allow' | 'Deny', mood: Mood): boolean {
  if (word !== 'maybe') return word === 'yes'
  return (effect === 'Allow') === (mood === 'favour')
}

function hear(documents: Documents | undefined, kind: string, asked: Case, mood: Mood): Says {
  if (documents === undefined) return { denies: false, grants: [] }
  if (documents === 'unread') return { denies: mood === 'against', grants: mood === 'favour' ? ['account', 'role', 'alone'] : [] }
  const verdicts = documents.flatMap(document => {
    if (!isObject(document)) return [judge(undefined, kind, undefined, asked)]
    const version = document['Version'] === '2012-10-17' ? '2012-10-17' : undefined
    return listOf(document['Statement']).map(statement => judge(statement, kind, version, asked))
  })
  const denies = verdicts.some(
    ({ effect, valid, word }) => effect === 'Deny' && taken(valid || word === 'no' ? word : 'maybe', 'Deny', mood),
  )
  const grants = verdicts
    .filter(({ effect, valid, word }) => effect === 'Allow' && valid && taken(word, 'Allow', mood))
    .flatMap(({ grants: each }) => (each === 'none' ? [] : [each]))
  return { denies, grants }
}

const RESOURCE_CONTROLLED = 's3 sts kms sqs secretsmanager cognito-identity cognito-idp logs dynamodb ecr aoss'.split(' ')

function walk(request: OracleRequest, policies: OraclePolicies, mood: Mood): 'allow' | 'explicitDeny' | 'implicitDeny' {
  const asked = caseOf(request, policies)
  const { caller } = asked
  const linked = caller.kind === 'roleSession' && String(request.principal['roleArn']).includes(':role/aws-service-role/')
  const home = homeOf(request)

  const bound = home !== undefined && request.organization?.principalInManagementAccount !== true && !linked
  const service = levelsOf(bound ? policies.serviceControl : undefined).map(level => hear(level, 'serviceControl', asked, mood))
  const controlled =
    RESOURCE_CONTROLLED.includes(request.action.toLowerCase().split(':')[0] ?? '') &&
    request.action.toLowerCase() !== 'kms:retiregrant' &&
    request.organization?.resourceInManagementAccount !== true &&
    request.awsManagedKey !== true &&
    !linked
  const resourceControl = levelsOf(controlled ? policies.resourceControl : undefined).map(level =>
    hear(level, 'resourceControl', asked, mood),
  )
  const endpoint = hear(policies.endpoint, 'endpoint', asked, mood)
  const resource = hear(policies.resource, policies.resourceKind ?? 'resource', asked, mood)
  const root = caller.kind === 'root'
  const own = home !== undefined && !root
  const identity: Says = root ? { denies: false, grants: ['alone'] } : hear(own ? policies.identity : undefined, 'identity', asked, mood)
  const boundary = hear(own ? policies.boundary : undefined, 'boundary', asked, mood)
  const session = hear(home === undefined ? undefined : policies.session, 'session', asked, mood)

  if ([...service, ...resourceControl, endpoint, resource, identity, boundary, session].some(says => says.denies)) return 'explicitDeny'
  if (service.some(level => level.grants.length === 0)) return 'implicitDeny'
  if (exists(policies.endpoint) && endpoint.grants.length === 0) return 'implicitDeny'

  const within = passes(own ? policies.boundary : undefined, boundary) && passes(home === undefined ? undefined : policies.session, session)
  const full = identity.grants.length > 0 && within
  if (root && request.action.toLowerCase() === 'sts:assumerole') return 'implicitDeny'
  if (home === undefined) return resource.grants.includes('alone') ? 'allow' : 'implicitDeny'
  const owner = ownerOf(request, home)
  const same = sameAccount(resource, mustGrant(request), within, full)
  const cross = resource.grants.length > 0 && full && request.awsManagedKey !== true
  if (owner === 'not known')
    return (mood === 'favour' ? same || crossWithoutKey(resource, full) : same && crossWithoutKey(resource, full))
      ? 'allow'
      : 'implicitDeny'
  return (owner === home ? same : cross) ? 'allow' : 'implicitDeny'
}

function crossWithoutKey(resource: Says, full: boolean): boolean {
  return resource.grants.length > 0 && full
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-basics-single-account.html */
function sameAccount(resource: Says, must: boolean, within: boolean, full: boolean): boolean {
  if (resource.grants.includes('alone')) return true
  if (resource.grants.includes('role') && within) return true
  if (must) return resource.grants.includes('account') && full
  return full
}

function exists(documents: Documents | undefined): boolean {
  return documents === 'unread' || (documents !== undefined && documents.length > 0)
}

function passes(documents: Documents | undefined, says: Says): boolean {
  return !exists(documents) || says.grants.length > 0
}

function levelsOf(levels: readonly Documents[] | 'unread' | undefined): readonly Documents[] {
  if (levels === undefined) return []
  return levels === 'unread' ? ['unread'] : levels
}

function mustGrant(request: OracleRequest): boolean {
  const role = /^arn:[^:]*:iam:[^:]*:[^:]*:role\//.test(request.resource) && request.action.toLowerCase().startsWith('sts:')
  const key = /^arn:[^:]*:kms:[^:]*:[^:]*:key\//.test(request.resource) && request.action.toLowerCase().startsWith('kms:')
  return role || key
}

function homeOf(request: OracleRequest): string | undefined {
  const { kind } = request.principal
  if (kind === 'root') return String(request.principal['account'])
  const arn =
    kind === 'roleSession'
      ? request.principal['roleArn']
      : kind === 'user' || kind === 'federatedUser'
        ? request.principal['arn']
        : undefined
  return arn === undefined ? undefined : String(arn).split(':')[4]
}

function ownerOf(request: OracleRequest, home: string): string {
  if (request.resource === '*') return home
  const owner = request.resourceAccount ?? request.resource.split(':')[4] ?? ''
  if (owner === 'aws') return home
  return owner === '' ? 'not known' : owner
}

function callerOf(request: OracleRequest, policies: OraclePolicies): Caller {
  const { principal } = request
  const names: { type: string; text: string; grants: 'account' | 'role' | 'alone' }[] = []
  const account = (arn: string): void => {
    const [, partition = '', , , id = ''] = arn.split(':')
    names.push({ type: 'AWS', text: `arn:${partition}:iam::${id}:root`, grants: 'account' }, { type: 'AWS', text: id, grants: 'account' })
  }
  if (principal.kind === 'roleSession') {
    const arn = String(principal['roleArn'])
    const [, partition = '', , , id = ''] = arn.split(':')
    names.push({
      type: 'AWS',
      text: `arn:${partition}:sts::${id}:assumed-role/${arn.split('/').at(-1)}/${String(principal['sessionName'])}`,
      grants: 'alone',
    })
    names.push({ type: 'AWS', text: arn, grants: 'role' })
    if (principal['uniqueId'] !== undefined) {
      names.push({ type: 'AWS', text: String(principal['uniqueId']), grants: 'role' })
      names.push({ type: 'AWS', text: `${String(principal['uniqueId'])}:${String(principal['sessionName'])}`, grants: 'alone' })
    }
    account(arn)
  } else if (principal.kind === 'user' || principal.kind === 'federatedUser') {
    names.push({ type: 'AWS', text: String(principal['arn']), grants: 'alone' })
    if (principal['uniqueId'] !== undefined) names.push({ type: 'AWS', text: String(principal['uniqueId']), grants: 'alone' })
    account(String(principal['arn']))
  } else if (principal.kind === 'root') account(`arn:${String(principal['partition'])}:iam::${String(principal['account'])}:root`)
  else if (principal.kind === 'webIdentity' || principal.kind === 'saml')
    names.push({ type: 'Federated', text: String(principal['provider']), grants: 'alone' })
  else if (principal.kind === 'service') names.push({ type: 'Service', text: String(principal['name']), grants: 'alone' })
  const can = principal.kind === 'user' || principal.kind === 'roleSession'
  const bounded = !can ? false : policies.boundary === 'unread' ? undefined : exists(policies.boundary)
  return { kind: principal.kind, names, bounded }
}
