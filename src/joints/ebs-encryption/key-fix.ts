import { compilePolicy } from '#iam/compile.ts'
import { decide } from '#iam/decide.ts'
import type { Statement } from '#iam/document.ts'
import type { AccessAnswer } from '#joints/access.ts'
import { policyChanges } from '#joints/policy-edits.ts'
import { setting, targetOf, type Change } from '#model/change.ts'
import { valueAt } from '#model/place.ts'
import type { Fix } from '#model/verdict.ts'
import type { JudgedNeed } from '../irsa/need.ts'
import type { Home } from './home.ts'
import type { Key } from './keys.ts'
import { controllerKeyStatements, keyPolicyStatements } from './least-privilege.ts'
import type { Role } from './operator.ts'

/**
 * The least that is missing, where it is missing: in the role, or in the policy of the key. Undefined where the engine would not allow everything even then.
 */
export function keyFix(role: Role, key: Key, home: Home, denied: readonly JudgedNeed[]): Fix | undefined {
  const [first] = denied
  if (first === undefined || denied.some(({ cause }) => cause !== first.cause)) return undefined
  if (first.cause === 'role') return inRole(role, key, home, denied)
  return first.cause === 'key' ? inKey(role, key, home, denied) : undefined
}

function inRole(role: Role, key: Key, home: Home, denied: readonly JudgedNeed[]): Fix | undefined {
  const added = controllerKeyStatements({ ...home, keys: [key.id] })
  const before = role.body.RolePolicyList?.[0]?.PolicyDocument
  const after = withStatements(before, added)
  const extra = { Version: '2012-10-17', Statement: added }
  if (after === undefined || !denied.every(({ answer }) => allowsInRole(answer, extra))) return undefined
  const facts = {
    permissions: ['iam:PutRolePolicy'],
    risk: `Every pod that has role ${role.body.RoleName} may then use the key through EC2.`,
  }
  const changes: readonly Change[] =
    before === undefined
      ? [
          {
            target: targetOf(role),
            edit: setting(role, ['RolePolicyList', 0], { PolicyName: 'ebs-volume-keys', PolicyDocument: after }),
            ...facts,
          },
        ]
      : policyChanges(role, ['RolePolicyList', 0, 'PolicyDocument'], after, facts)
  return { title: `let role ${role.body.RoleName} use key ${key.body.KeyId} through EC2`, safe: false, changes }
}

function inKey(role: Role, key: Key, home: Home, denied: readonly JudgedNeed[]): Fix | undefined {
  const after = withStatements(key.body.Policy ?? undefined, keyPolicyStatements(role.id, home))
  if (after === undefined || !denied.every(({ answer }) => allowsByKey(answer, after))) return undefined
  const risk = `Every pod that has role ${role.body.RoleName} may then use the key through EC2.`
  const changes = policyChanges(key, ['Policy'], after, { permissions: ['kms:PutKeyPolicy'], risk })
  return { title: `let role ${role.body.RoleName} use key ${key.body.KeyId} through EC2`, safe: false, changes }
}

/** The document with more statements; undefined when it is none. */
export function withStatements(document: unknown, added: readonly Statement[]): unknown {
  if (document === undefined) return { Version: '2012-10-17', Statement: added }
  const statements = valueAt(document, ['Statement'])
  if (typeof document !== 'object' || document === null || statements === undefined) return undefined
  return { ...document, Statement: [...(Array.isArray(statements) ? (statements as readonly unknown[]) : [statements]), ...added] }
}

function allowsInRole({ request, policies }: AccessAnswer, document: unknown): boolean {
  const { identity } = policies
  if (identity === undefined || identity === 'unread') return false
  return decide(request, { ...policies, identity: [...identity, compilePolicy(document, 'identity')] }).answer === 'allow'
}

/** Whether the answer would be yes if the key had this policy. */
export const allowsByKey = ({ request, policies }: AccessAnswer, document: unknown): boolean =>
  decide(request, { ...policies, resource: [compilePolicy(document, 'key')] }).answer === 'allow'
