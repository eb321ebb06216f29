import { Unread } from '#base/errors.ts'
import type { CompiledPolicy } from '#iam/compile.ts'
import { decide } from '#iam/decide.ts'
import { applyEdits, type Edit } from '#iam/edit.ts'
import { explainPolicy } from '#iam/explain.ts'
import { compiledDocument } from '#joints/access-documents.ts'
import { policyChanges } from '#joints/policy-edits.ts'
import { trustPath } from '#joints/trust.ts'
import { valueAt } from '#model/place.ts'
import type { Resource } from '#model/resource.ts'
import type { Fix } from '#model/verdict.ts'
import { clusterArnOf, type Association } from './association.ts'
import { podService, tagRequest } from './pod-trust.ts'

type Role = Resource<'aws/iam/Role'>

/** Whether a role lets EKS in for anybody. */
export type OpenTrust = { readonly policy: CompiledPolicy } & (
  | { readonly is: 'not-for-pods' }
  /** A statement is for EKS, and something in the policy keeps strangers out. */
  | { readonly is: 'conditioned'; readonly statement: number }
  | { readonly is: 'open'; readonly statements: readonly [number, ...number[]] }
)

/** A service account that no policy names. */
const stranger = {
  clusterArn: 'arn:aws:eks:zz-none-1:000000000000:cluster/~',
  clusterName: '~',
  namespace: '~',
  serviceAccount: '~',
  podName: '~',
  podUid: '~',
}

/**
 * @throws Unread when the trust policy was not read.
 */
export function openTrust(role: Role): OpenTrust {
  const document = role.body.AssumeRolePolicyDocument
  if (typeof document !== 'object' || document === null)
    throw new Unread({
      kind: role.kind,
      id: role.id,
      reason: 'the role was read without its trust policy',
      settle: { by: 'iam', action: 'iam:GetRole' },
    })
  const policy = compiledDocument(document, 'trust')
  const request = tagRequest(stranger, role.id, 'sts:AssumeRole')
  const traces = explainPolicy(request, policy).filter(({ effect }) => effect === 'Allow')
  const forPods = traces.filter(({ differences }) => differences.every(({ element }) => element === 'Condition'))
  const [first] = forPods
  if (first === undefined) return { is: 'not-for-pods', policy }
  if (decide(request, { resource: [policy] }).answer !== 'allow') return { is: 'conditioned', statement: first.statement, policy }
  const [open, ...others] = traces.filter(({ outcome }) => outcome === 'matches').map(({ statement }) => statement)
  return open === undefined
    ? { is: 'conditioned', statement: first.statement, policy }
    : { is: 'open', statements: [open, ...others], policy }
}

/** Asks for the service accounts that use the role, where the statements are for EKS alone. */
export function conditionFix(role: Role, trust: Extract<OpenTrust, { is: 'open' }>, associations: readonly Association[]): Fix | undefined {
  if (associations.length === 0) return undefined
  const { policy } = trust
  const paths = trust.statements.map(statement => policy.statements[statement]?.path ?? [])
  if (!paths.every(path => isForPodsAlone(valueAt(policy.document, [...path, 'Principal'])))) return undefined
  const values = {
    'aws:RequestTag/eks-cluster-arn': oneOrMore(associations.map(clusterArnOf)),
    'aws:RequestTag/kubernetes-namespace': oneOrMore(associations.map(({ body }) => body.namespace)),
    'aws:RequestTag/kubernetes-service-account': oneOrMore(associations.map(({ body }) => body.serviceAccount)),
  }
  const edits = paths.flatMap(path =>
    Object.entries(values).map(([key, after]): Edit => ({ path: [...path, 'Condition', 'StringEquals', key], after })),
  )
  const risk = 'Associations of the role that were not read can no longer use it.'
  const changes = policyChanges(role, trustPath, applyEdits(policy.document, edits), {
    permissions: ['iam:UpdateAssumeRolePolicy'],
    risk,
  })
  return {
    title: `trust ${podService} for ${associations.length === 1 ? 'this service account' : 'these service accounts'} alone`,
    safe: false,
    changes,
  }
}

function isForPodsAlone(principal: unknown): boolean {
  const [entry, ...others] = typeof principal === 'object' && principal !== null ? Object.entries(principal) : []
  return entry?.[0] === 'Service' && others.length === 0 && [entry[1]].flat().every(name => name === podService)
}

function oneOrMore(values: readonly string[]): string | readonly string[] {
  const [first = '', ...others] = new Set(values)
  return others.length === 0 ? first : [first, ...others]
}
