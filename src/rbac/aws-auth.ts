import { hasRolePath } from './principal-arn.ts'

/** `data` of the ConfigMap kube-system/aws-auth with each of its texts parsed as YAML. Anything may be in there. */
export interface AwsAuth {
  readonly mapRoles?: unknown
  readonly mapUsers?: unknown
  readonly mapAccounts?: unknown
}

export type AwsAuthList = 'mapRoles' | 'mapUsers' | 'mapAccounts'

export interface AwsAuthRow {
  readonly list: 'mapRoles' | 'mapUsers'
  readonly index: number
  readonly arn: string
  readonly username: string
  readonly groups: readonly string[]
}

export interface AwsAuthFault {
  readonly list: AwsAuthList
  /** Absent: the whole list. */
  readonly index?: number
  readonly fault:
    | 'not a list'
    | 'not a mapping'
    | 'no ARN'
    /** Only with IAM Identity Center matching, which EKS does not document. */
    | 'matched by sso'
    | 'role ARN with a path'
    | 'username is not text'
    | 'groups is not a list of text'
    | 'repeated: the last row counts'
    | 'account is not text'
}

export interface CompiledAwsAuth {
  /** By lower-case ARN. */
  readonly roles: ReadonlyMap<string, AwsAuthRow>
  readonly users: ReadonlyMap<string, AwsAuthRow>
  readonly accounts: ReadonlyMap<string, number>
  /** Rows that give less than they seem to, or nothing. */
  readonly faults: readonly AwsAuthFault[]
}

/**
 * Reads aws-auth as aws-iam-authenticator does (pkg/mapper/configmap and pkg/config of kubernetes-sigs/aws-iam-authenticator 81b1dab): ARNs are
 * compared without case, keys too, and a row or field that cannot be used is left out while the rest counts.
 * https://docs.aws.amazon.com/eks/latest/userguide/auth-configmap.html
 */
export function compileAwsAuth(awsAuth: AwsAuth): CompiledAwsAuth {
  const faults: AwsAuthFault[] = []
  const roles = rowsOf('mapRoles', awsAuth.mapRoles, 'rolearn', faults)
  const users = rowsOf('mapUsers', awsAuth.mapUsers, 'userarn', faults)
  const accounts = new Map<string, number>()
  for (const [index, account] of listOf('mapAccounts', awsAuth.mapAccounts, faults).entries()) {
    // A YAML parser turns 111122223333 without quotes into a number, and 0111… into another one; the authenticator's keeps the text.
    if (typeof account === 'string') accounts.set(account, index)
    else if (typeof account === 'number') accounts.set(String(account).padStart(12, '0'), index)
    else faults.push({ list: 'mapAccounts', index, fault: 'account is not text' })
  }
  return { roles, users, accounts, faults }
}

function listOf(list: AwsAuthList, value: unknown, faults: AwsAuthFault[]): readonly unknown[] {
  if (Array.isArray(value)) return value
  if (value !== undefined && value !== null && value !== '') faults.push({ list, fault: 'not a list' })
  return []
}

function rowsOf(list: 'mapRoles' | 'mapUsers', value: unknown, arnKey: string, faults: AwsAuthFault[]): ReadonlyMap<string, AwsAuthRow> {
  const rows = new Map<string, AwsAuthRow>()
  for (const [index, item] of listOf(list, value, faults).entries()) {
    const report = (fault: AwsAuthFault['fault']) => void faults.push({ list, index, fault })
    const row = rowOf(list, index, item, arnKey, report)
    if (row === undefined) continue
    const key = row.arn.toLowerCase()
    if (rows.has(key)) report('repeated: the last row counts')
    rows.set(key, row)
  }
  return rows
}

function rowOf(
  list: 'mapRoles' | 'mapUsers',
  index: number,
  item: unknown,
  arnKey: string,
  report: (fault: AwsAuthFault['fault']) => void,
): AwsAuthRow | undefined {
  if (typeof item !== 'object' || item === null || Array.isArray(item)) return void report('not a mapping')
  // Go reads keys in any case.
  const fields = new Map(Object.entries(item).map(([key, value]) => [key.toLowerCase(), value as unknown]))
  const arn = fields.get(arnKey)
  if (typeof arn !== 'string' || arn === '') return void report(fields.has('sso') ? 'matched by sso' : 'no ARN')
  if (list === 'mapRoles' && hasRolePath(arn)) report('role ARN with a path')
  return { list, index, arn, username: usernameOf(fields.get('username'), report), groups: groupsOf(fields.get('groups'), report) }
}

function usernameOf(value: unknown, report: (fault: AwsAuthFault['fault']) => void): string {
  if (typeof value === 'string') return value
  if (value !== undefined && value !== null) report('username is not text')
  return ''
}

function groupsOf(value: unknown, report: (fault: AwsAuthFault['fault']) => void): readonly string[] {
  const given: readonly unknown[] = Array.isArray(value) ? value : []
  const groups = given.filter(group => typeof group === 'string')
  if ((!Array.isArray(value) && value !== undefined && value !== null) || groups.length < given.length)
    report('groups is not a list of text')
  return groups
}
