import type { ResourceQuestion } from './question.ts'
import { serviceAccountOf } from './subject.ts'

/** Whom a request says it is. Groups of a service account need not be named: the API server knows them. */
export interface Impersonated {
  readonly user: string
  readonly groups?: readonly string[]
  readonly uid?: string
  /** Keys as the API server sees them: lower case. */
  readonly extra?: Readonly<Record<string, readonly string[]>>
}

const authentication = 'authentication.k8s.io'

/** All of which must be allowed to the one who asks. https://kubernetes.io/docs/reference/access-authn-authz/user-impersonation/ */
export function impersonationQuestions({ user, groups = [], uid, extra = {} }: Impersonated): readonly ResourceQuestion[] {
  const verb = 'impersonate'
  const account = serviceAccountOf(user)
  return [
    account === undefined
      ? { verb, resource: 'users', name: user }
      : { verb, resource: 'serviceaccounts', namespace: account.namespace, name: account.name },
    ...groups.map(name => ({ verb, resource: 'groups', name })),
    ...(uid === undefined ? [] : [{ verb, group: authentication, resource: 'uids', name: uid }]),
    ...Object.entries(extra).flatMap(([subresource, values]) =>
      values.map(name => ({ verb, group: authentication, resource: 'userextras', subresource, name })),
    ),
  ]
}

/**
 * The narrower way since Kubernetes 1.35 (on by default since 1.36): the right to be this service account, and the right to do that one thing as
 * it. Only where no groups are named. https://kubernetes.io/docs/reference/access-authn-authz/user-impersonation/#constrained-impersonation
 */
export function constrainedImpersonationQuestions(
  account: { readonly namespace: string; readonly name: string },
  doing: ResourceQuestion,
): readonly ResourceQuestion[] {
  return [
    {
      verb: 'impersonate:serviceaccount',
      group: authentication,
      resource: 'serviceaccounts',
      namespace: account.namespace,
      name: account.name,
    },
    { ...doing, verb: `impersonate-on:serviceaccount:${doing.verb}` },
  ]
}
