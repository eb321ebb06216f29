import { compilePolicy, type PolicyKind } from '#iam/compile.ts'
import { decide } from '#iam/decide.ts'
import { applyEdits } from '#iam/edit.ts'
import type { AccessAnswer } from '#joints/access.ts'
import type { PlacedPolicy } from '#joints/access-documents.ts'
import { healsOf } from '#joints/access-heal.ts'
import { policyChanges } from '#joints/policy-edits.ts'
import { setting, targetOf, type Change } from '#model/change.ts'
import { valueAt } from '#model/place.ts'
import type { Resource } from '#model/resource.ts'
import type { Fix } from '#model/verdict.ts'
import type { JudgedNeed } from './need.ts'

type Role = Resource<'aws/iam/Role'>

interface Allow {
  readonly Effect: 'Allow'
  readonly Action: string | readonly string[]
  readonly Resource: string
}

/** What the service account lacks and no more, one statement for each resource. */
function statementsFor(denied: readonly JudgedNeed[]): readonly Allow[] {
  const byResource = Map.groupBy(denied, ({ need }) => need.resource)
  return [...byResource].map(([resource, needs]) => {
    const actions = [...new Set(needs.map(({ need }) => need.action))]
    return { Effect: 'Allow', Action: actions.length === 1 ? (actions[0] ?? '') : actions, Resource: resource }
  })
}

/**
 * Allows exactly what is missing, in the role's first inline policy or in a new one. Only where every resource is known, and where the engine then allows all of it.
 * @param name of the new policy
 * @param added other statements than those that allow the actions whatever the request says
 */
export function grantingFix(
  role: Role,
  denied: readonly JudgedNeed[],
  name: string,
  title: string,
  added: readonly object[] = statementsFor(denied),
): Fix | undefined {
  if (denied.some(({ need }) => need.any === true)) return undefined
  const policies = role.body.RolePolicyList ?? []
  const before = policies[0]?.PolicyDocument
  const path = ['RolePolicyList', 0, 'PolicyDocument'] as const
  const after = withStatements(before, added)
  if (after === undefined || !denied.every(({ answer }) => allowsWith(answer, after))) return undefined
  const facts = { permissions: ['iam:PutRolePolicy'], risk: `Every pod that has role ${role.body.RoleName} may then do the same.` }
  const changes: readonly Change[] =
    before === undefined
      ? [{ target: targetOf(role), edit: setting(role, ['RolePolicyList', 0], { PolicyName: name, PolicyDocument: after }), ...facts }]
      : policyChanges(role, path, after, facts)
  return { title, safe: false, changes }
}

function withStatements(document: unknown, added: readonly object[]): unknown {
  if (document === undefined) return { Version: '2012-10-17', Statement: added }
  const statements = valueAt(document, ['Statement'])
  if (typeof document !== 'object' || document === null || statements === undefined) return undefined
  return { ...document, Statement: [...(Array.isArray(statements) ? (statements as readonly unknown[]) : [statements]), ...added] }
}

/** A statement more takes nothing away, so the policies as they are and one more say what the engine would. */
function allowsWith({ request, policies }: AccessAnswer, document: unknown): boolean {
  const { identity } = policies
  if (identity === undefined || identity === 'unread') return false
  return decide(request, { ...policies, identity: [...identity, compilePolicy(document, 'identity')] }).answer === 'allow'
}

const writers: Readonly<Record<string, string>> = {
  'aws/kms/Key': 'kms:PutKeyPolicy',
  'aws/secretsmanager/Secret': 'secretsmanager:PutResourcePolicy',
  'aws/s3/Bucket': 's3:PutBucketPolicy',
}

/**
 * Lets the role in by the policy of one resource: a statement more for what it does not allow, an exception where it denies. Nothing that others have is taken away,
 * and only what the engine then allows is proposed.
 * @param condition of the statement that is added, where one is known
 */
export function resourceFix(role: Role, denied: readonly JudgedNeed[], title: string, condition?: object): Fix | undefined {
  const [first] = denied
  const placed = first?.answer.layers.resource?.policies[0]
  const permission = writers[placed?.resource.kind ?? '']
  if (first === undefined || placed === undefined || permission === undefined) return undefined
  if (denied.some(({ answer }) => answer.side.resource !== first.answer.side.resource)) return undefined
  const after =
    first.answer.decision.answer === 'explicitDeny'
      ? exempted(first, placed)
      : withStatements(placed.policy.document, letIn(role, placed, denied, condition))
  if (after === undefined || !denied.every(({ answer }) => letsIn(answer, after, placed.policy.kind))) return undefined
  const risk = `Every pod that has role ${role.body.RoleName} may then do the same.`
  return { title, safe: false, changes: policyChanges(placed.resource, placed.path, after, { permissions: [permission], risk }) }
}

/** A key's and a secret's policy call the resource itself `*`. */
function letIn(role: Role, { resource }: PlacedPolicy, denied: readonly JudgedNeed[], condition?: object): readonly object[] {
  return statementsFor(denied).map(({ Effect, Action, Resource }) => ({
    Effect,
    Principal: { AWS: role.id },
    Action,
    Resource: resource.kind === 'aws/s3/Bucket' ? Resource : '*',
    ...(condition === undefined ? {} : { Condition: condition }),
  }))
}

function exempted({ answer }: JudgedNeed, placed: PlacedPolicy): unknown {
  const found = healsOf(answer).find(({ policy, heal }) => policy === placed && heal.kind === 'exemptFromDeny')
  return found === undefined ? undefined : applyEdits(placed.policy.document, found.heal.edits)
}

const letsIn = ({ request, policies }: AccessAnswer, document: unknown, kind: PolicyKind): boolean =>
  decide(request, { ...policies, resource: [compilePolicy(document, kind)] }).answer === 'allow'
