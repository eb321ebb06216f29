import { clusterNames, clusterRbac, type ClusterRbac, type RbacReader } from '#joints/rbac.ts'
import type { Evidence } from '#model/resource.ts'
import { isChosenBySession, usernameOf, type Mapping } from '#rbac/cluster-access.ts'
import { callerOfPrincipal } from '#rbac/principal-arn.ts'

/** A user name whose end the caller chooses, and the binding that takes it for a person. */
export interface Spoofable {
  readonly built: ClusterRbac
  /** `developer:{{SessionName}}`. */
  readonly template: string
  /** The user that the binding names. */
  readonly user: string
  readonly evidence: readonly [Evidence, ...Evidence[]]
}

/** Where the name of a role's session makes it a user whom a binding means. */
export function spoofableBy(world: RbacReader, roleArn: string): Spoofable | undefined {
  for (const cluster of clusterNames(world)) {
    const built = clusterRbac(world, cluster)
    const found = spoofableIn(built, roleArn)
    if (found !== undefined) return found
  }
  return undefined
}

export const isMapped = (world: RbacReader, roleArn: string): boolean =>
  clusterNames(world).some(cluster => mappingOf(clusterRbac(world, cluster), roleArn) !== undefined)

function spoofableIn(built: ClusterRbac, roleArn: string): Spoofable | undefined {
  const mapped = mappingOf(built, roleArn)
  if (mapped === undefined || !isChosenBySession({ username: mapped.template, groups: [] })) return undefined
  const account = callerOfPrincipal(roleArn)?.accountId ?? ''
  const [before = '', ...after] = mapped.template.replaceAll('{{AccountID}}', account).split(/\{\{SessionName(?:Raw)?\}\}/)
  const end = after.at(-1) ?? ''
  const isMeant = (user: string) => user.startsWith(before) && user.endsWith(end) && user.length > before.length + end.length
  const users = [...built.rbac.ofUser.keys()].filter(isMeant).sort()
  for (const user of users) {
    const applied = [...(built.rbac.ofUser.get(user)?.values() ?? [])].flat().find(({ binding }) => binding.role !== undefined)
    const role = applied?.binding.role
    const at = built.mappingEvidence(mapped.by, `gives the user name ${mapped.template}`)
    if (applied === undefined || role === undefined || at === undefined) continue
    const [bound] = built.grantEvidence(
      {
        by: 'binding',
        binding: applied.binding.reference,
        subject: applied.subject.index,
        role: role.reference,
        from: role.reference,
        rule: 0,
      },
      'this user is whoever takes the name',
    )
    if (bound !== undefined) return { built, template: mapped.template, user, evidence: [bound, at] }
  }
  return undefined
}

function mappingOf({ access }: ClusterRbac, roleArn: string): { readonly by: Mapping; readonly template: string } | undefined {
  const found = access.entries.get(roleArn)
  if (found !== undefined) return { by: { by: 'accessEntry', ...found }, template: usernameOf(found.entry) }
  const row = access.awsAuth.roles.get(callerOfPrincipal(roleArn)?.canonicalArn.toLowerCase() ?? '')
  return row === undefined ? undefined : { by: { by: row.list, row }, template: row.username }
}
