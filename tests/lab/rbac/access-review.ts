import type { Asked, Asker } from '../../oracles/rbac/evaluator.ts'
import { apiRequest } from '../control-plane/api-request.ts'
import type { Lab } from '../lab.ts'

export interface Review {
  readonly allowed: boolean
  /** `RBAC: allowed by ClusterRoleBinding "b" of ClusterRole "r" to User "u"`. */
  readonly reason: string
}

/** What the API server says to a SubjectAccessReview. */
export async function review(lab: Lab, asker: Asker, asked: Asked): Promise<Review> {
  const attributes = 'path' in asked ? { nonResourceAttributes: asked } : { resourceAttributes: asked }
  const spec = { user: asker.user, groups: asker.groups, ...attributes }
  const body = { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', spec }
  const answer = await apiRequest(lab, 'POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', { body })
  if (answer.status !== 201) throw new Error(`SubjectAccessReview answered ${answer.status}: ${answer.body}`)
  const { status } = JSON.parse(answer.body) as { status: { allowed: boolean; reason?: string } }
  return { allowed: status.allowed, reason: status.reason ?? '' }
}

/** Asks until the answer is the wished one, because the API server learns of new objects a moment later. */
export async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 30_000
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`waited 30 s in vain for ${what}`)
    await new Promise(resolve => setTimeout(resolve, 100))
  }
}
