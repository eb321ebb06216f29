import { randomBytes } from 'node:crypto'

export const adminUser = 'lab-admin'
export const controllerManagerUser = 'system:kube-controller-manager'
export const schedulerUser = 'system:kube-scheduler'
export const kubeProxyUser = 'system:kube-proxy'

/** As which the kubelet of that node speaks; the node authorizer knows it by name and group. */
export const nodeUserOf = (nodeName: string): string => `system:node:${nodeName}`

/** How many powerless users every cluster has; tests bind them to what they need. */
const spareUsers = 80

/** Random bearer tokens for the static users: one administrator, the lab's own components, and `user-1` … `user-80`. */
export function newUserTokens(components: readonly string[]): Record<string, string> {
  const names = [adminUser, ...components, ...Array.from({ length: spareUsers }, (_, index) => `user-${index + 1}`)]
  return Object.fromEntries(names.map(name => [name, randomBytes(24).toString('hex')]))
}

/** The file for `--token-auth-file`: token, user, uid, groups. */
export function tokenAuthFile(tokens: Readonly<Record<string, string>>): string {
  const rows = Object.entries(tokens).map(([user, token], index) => {
    const groups = user === adminUser ? ',system:masters' : user.startsWith(nodeUserOf('')) ? ',system:nodes' : ''
    return `${token},${user},${index + 1}${groups}`
  })
  return `${rows.join('\n')}\n`
}
