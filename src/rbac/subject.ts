/** Who asks, as authentication gave it. Groups are taken as they are: `system:authenticated` counts only where it is listed. */
export interface Subject {
  readonly user: string
  readonly groups: readonly string[]
  /** The IAM principal behind the user, where EKS authenticated it: access policies are associated with it. Impersonation loses it. */
  readonly principalArn?: string
}

export const authenticated = 'system:authenticated'

/** The API server lets this group do everything before any authorizer is asked. https://kubernetes.io/docs/reference/access-authn-authz/rbac/#user-facing-roles */
export const mastersGroup = 'system:masters'

const accountUser = 'system:serviceaccount:'
export const allServiceAccounts = 'system:serviceaccounts'

export const serviceAccountUser = (namespace: string, name: string): string => `${accountUser}${namespace}:${name}`

/** https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/ */
export const serviceAccountGroups = (namespace: string): readonly string[] => [
  allServiceAccounts,
  `${allServiceAccounts}:${namespace}`,
  authenticated,
]

export const serviceAccountSubject = (namespace: string, name: string): Subject => ({
  user: serviceAccountUser(namespace, name),
  groups: serviceAccountGroups(namespace),
})

/** The service account behind a user name; names and namespaces hold no colon. */
export function serviceAccountOf(user: string): { readonly namespace: string; readonly name: string } | undefined {
  if (!user.startsWith(accountUser)) return undefined
  const [namespace, name, ...more] = user.slice(accountUser.length).split(':')
  return namespace && name && more.length === 0 ? { namespace, name } : undefined
}
