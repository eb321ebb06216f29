import { Unread } from '#base/errors.ts'
import { applyEdits } from '#iam/edit.ts'
import { allowAt, allowOf, evaluateLayer } from '#iam/layer.ts'
import { Question } from '#iam/question.ts'
import { NO, YES } from '#iam/truth.ts'
import { policyChanges } from '#joints/policy-edits.ts'
import { trustPath } from '#joints/trust.ts'
import { valueAt, type Path } from '#model/place.ts'
import type { Resource } from '#model/resource.ts'
import type { Fix } from '#model/verdict.ts'
import type { Association } from './association.ts'
import { compiledDocument } from '#joints/access-documents.ts'
import type { TargetChain } from './target-chain.ts'

type Role = Resource<'aws/iam/Role'>

/** Whether a target role's trust policy asks for the external id. */
export type ExternalIdUse =
  | { readonly is: 'denied' }
  /** The statement inside the trust policy. */
  | { readonly is: 'required' | 'not-required'; readonly path: Path }

/**
 * @throws Unread when the trust policy was not read, or the answer is open.
 */
export function externalIdUse(target: Role, { answer: { request } }: TargetChain): ExternalIdUse {
  const document = target.body.AssumeRolePolicyDocument
  const unread = (reason: string) => new Unread({ kind: target.kind, id: target.id, reason, settle: { by: 'iam', action: 'iam:GetRole' } })
  if (typeof document !== 'object' || document === null) throw unread('the role was read without its trust policy')
  const policy = compiledDocument(document, 'trust')
  const ask = (context: typeof request.context) => evaluateLayer([policy], new Question({ ...request, action: 'sts:AssumeRole', context }))
  const without = ask({ ...request.context, 'sts:ExternalId': null })
  const place = (layer: typeof without): Path => policy.statements[allowAt(layer)?.statement ?? 0]?.path ?? []
  if (allowOf(without) === YES) return { is: 'not-required', path: place(without) }
  const withId = ask(request.context)
  if (allowOf(withId) === NO) return { is: 'denied' }
  if (allowOf(without) !== NO) throw unread('whether its trust policy asks for the external id depends on what only the call tells')
  return { is: 'required', path: place(withId) }
}

/** Only where the statement is for the first role alone: others that it names have no such id. */
export function externalIdFix({ body: { externalId } }: Association, target: Role, path: Path, first: Role): Fix | undefined {
  const document = target.body.AssumeRolePolicyDocument
  const principal = valueAt(document, [...path, 'Principal', 'AWS'])
  if (externalId === undefined || [principal].flat().some(name => name !== first.id)) return undefined
  const after = applyEdits(document, [{ path: [...path, 'Condition', 'StringEquals', 'sts:ExternalId'], after: externalId }])
  const risk = `Other associations that go from ${first.body.RoleName} to this target no longer can: each needs a statement with its own id.`
  const changes = policyChanges(target, trustPath, after, { permissions: ['iam:UpdateAssumeRolePolicy'], risk })
  return { title: 'ask for the external id of the association', safe: false, changes }
}
