import type { PolicyAssociation } from './access-policy.ts'
import { compileAwsAuth, type AwsAuth, type AwsAuthRow, type CompiledAwsAuth } from './aws-auth.ts'
import { callerOfPrincipal, withoutRolePath, type Caller } from './principal-arn.ts'
import { authenticated, type Subject } from './subject.ts'

/** eks:DescribeAccessEntry, and what eks:ListAssociatedAccessPolicies says of it. */
export interface AccessEntry {
  readonly principalArn: string
  readonly username?: string | undefined
  readonly kubernetesGroups?: readonly string[] | undefined
  /** `STANDARD`, `EC2_LINUX`, … */
  readonly type?: string | undefined
  readonly policies?: readonly Omit<PolicyAssociation, 'principalArn' | 'user'>[]
}

export type AuthenticationMode = 'API' | 'API_AND_CONFIG_MAP' | 'CONFIG_MAP'

export interface ClusterAccessInput {
  readonly mode: AuthenticationMode
  readonly accessEntries?: readonly AccessEntry[]
  readonly awsAuth?: AwsAuth
}

export interface ClusterAccess {
  readonly mode: AuthenticationMode
  readonly entries: ReadonlyMap<string, { readonly index: number; readonly entry: AccessEntry }>
  readonly awsAuth: CompiledAwsAuth
  /** For `compileRbac`. */
  readonly accessPolicies: readonly PolicyAssociation[]
}

/** Which IAM principals the cluster knows, by its authentication mode. https://docs.aws.amazon.com/eks/latest/userguide/grant-k8s-access.html */
export function compileClusterAccess({ mode, accessEntries = [], awsAuth = {} }: ClusterAccessInput): ClusterAccess {
  const entries = mode === 'CONFIG_MAP' ? [] : accessEntries
  return {
    mode,
    entries: new Map(entries.map((entry, index) => [entry.principalArn, { index, entry }])),
    awsAuth: compileAwsAuth(mode === 'API' ? {} : awsAuth),
    accessPolicies: entries.flatMap(entry =>
      (entry.policies ?? []).map(policy => ({ ...policy, principalArn: entry.principalArn, user: usernameOf(entry) })),
    ),
  }
}

/** What maps a principal: an access entry, a row of aws-auth, or its account being listed there. */
export type Mapping =
  | { readonly by: 'accessEntry'; readonly index: number; readonly entry: AccessEntry }
  | { readonly by: 'mapRoles' | 'mapUsers'; readonly row: AwsAuthRow }
  | { readonly by: 'mapAccounts'; readonly index: number }

export type Mapped =
  | { readonly answer: 'mapped'; readonly by: Mapping; readonly subject: Subject; readonly chosenBySession: boolean }
  | { readonly answer: 'refused'; readonly why: 'not mapped' | 'not a principal' | 'session name is no instance id'; readonly by?: Mapping }
  /** User or groups depend on what nobody said: the session's name, or the instance's private DNS name. */
  | {
      readonly answer: 'unknown'
      readonly by: Mapping
      readonly needs: string
      readonly username: string
      readonly groups: readonly string[]
      readonly chosenBySession: boolean
    }

/** What is known of one sign-in. */
export interface Session {
  readonly sessionName?: string
  readonly accessKeyId?: string
  /** Of the instance whose id is the session's name. */
  readonly ec2PrivateDnsName?: string
}

/**
 * The Kubernetes user and groups of an IAM role or user. An access entry goes before aws-auth; in aws-auth roles go before users, and those
 * before accounts. A row whose role ARN has a path never matches, because a session's ARN has none; access entries name the role itself.
 */
export function subjectOf(access: ClusterAccess, principalArn: string, session: Session = {}): Mapped {
  const caller = callerOfPrincipal(principalArn, session.sessionName)
  if (caller === undefined) return { answer: 'refused', why: 'not a principal' }
  const found = access.entries.get(principalArn)
  if (found !== undefined) {
    const by: Mapping = { by: 'accessEntry', ...found }
    return render(by, { username: usernameOf(found.entry), groups: found.entry.kubernetesGroups ?? [] }, caller, session, principalArn)
  }
  return throughAwsAuth(access.awsAuth, caller, session)
}

function throughAwsAuth(awsAuth: CompiledAwsAuth, caller: Caller, session: Session): Mapped {
  const arn = caller.canonicalArn.toLowerCase()
  const row = awsAuth.roles.get(arn) ?? awsAuth.users.get(arn)
  if (row !== undefined) return render({ by: row.list, row }, row, caller, session)
  const index = awsAuth.accounts.get(caller.accountId)
  if (index === undefined) return { answer: 'refused', why: 'not mapped' }
  return {
    answer: 'mapped',
    by: { by: 'mapAccounts', index },
    subject: { user: caller.canonicalArn, groups: [authenticated] },
    chosenBySession: false,
  }
}

interface Templates {
  readonly username: string
  readonly groups: readonly string[]
}

/** `{{SessionName}}` in a user or group name lets whoever may assume the role choose it. */
export const isChosenBySession = ({ username, groups }: Templates): boolean =>
  [username, ...groups].some(text => /\{\{SessionName(Raw)?\}\}/.test(text))

function render(by: Mapping, { username, groups }: Templates, caller: Caller, session: Session, principalArn?: string): Mapped {
  const chosenBySession = isChosenBySession({ username, groups })
  const texts = [username, ...groups]
  if (
    texts.some(text => text.includes('{{EC2PrivateDNSName}}')) &&
    caller.sessionName !== undefined &&
    !/^i-(\w{8}|\w{17})$/.test(caller.sessionName)
  )
    return { answer: 'refused', why: 'session name is no instance id', by }
  const values = valuesOf(caller, session)
  const needs = Object.entries(values).find(([name, value]) => value === undefined && texts.some(text => text.includes(`{{${name}}}`)))?.[0]
  if (needs !== undefined) return { answer: 'unknown', by, needs, username, groups, chosenBySession }
  const [user = '', ...rendered] = texts.map(text => fill(text, values))
  const subject = { user, groups: [...rendered, authenticated], ...(principalArn === undefined ? {} : { principalArn }) }
  return { answer: 'mapped', by, subject, chosenBySession }
}

/** In the order in which the authenticator replaces them (`renderTemplate`, pkg/server/server.go). */
const valuesOf = (caller: Caller, session: Session): Readonly<Record<string, string | undefined>> => ({
  EC2PrivateDNSName: session.ec2PrivateDnsName,
  AccountID: caller.accountId,
  SessionName: caller.sessionName?.replaceAll('@', '-'),
  SessionNameRaw: caller.sessionName,
  AccessKeyID: session.accessKeyId,
})

function fill(text: string, values: Readonly<Record<string, string | undefined>>): string {
  let filled = text
  for (const [name, value] of Object.entries(values)) if (value !== undefined) filled = filled.replaceAll(`{{${name}}}`, () => value)
  return filled
}

/** What EKS generates when no user name is given. https://docs.aws.amazon.com/eks/latest/userguide/creating-access-entries.html */
export function usernameOf({ principalArn, username, type = 'STANDARD' }: AccessEntry): string {
  if (username !== undefined && username !== '') return username
  if (type === 'EC2_LINUX' || type === 'EC2_WINDOWS') return 'system:node:{{EC2PrivateDNSName}}'
  if (type === 'FARGATE_LINUX' || type === 'HYBRID_LINUX') return 'system:node:{{SessionName}}'
  const role = /^(arn:[^:]+):iam::([^:]+):role\/([^/]+)$/.exec(withoutRolePath(principalArn))
  return role === null ? principalArn : `${role[1]}:sts::${role[2]}:assumed-role/${role[3]}/{{SessionName}}`
}
