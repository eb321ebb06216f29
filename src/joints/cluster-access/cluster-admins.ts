import type { Evidence } from '#model/resource.ts'
import { clusterNames, clusterRbac, type ClusterRbac, type RbacReader } from '#joints/rbac.ts'
import { subjectOf, type Mapped } from '#rbac/cluster-access.ts'
import { allGrants, type Grant } from '#rbac/decide.ts'
import { authenticated, type Subject } from '#rbac/subject.ts'

/** Everything on everything: only a rule of three stars allows it. */
const everything = { verb: '*', group: '*', resource: '*' } as const

/** A role that is administrator of a cluster, and what makes it one. */
export interface AdminRight {
  readonly cluster: string
  /** `group system:masters`, `AmazonEKSClusterAdminPolicy`, `clusterrolebinding admins`. */
  readonly by: string
  readonly evidence: readonly [Evidence, ...Evidence[]]
}

/** In which cluster an IAM principal is administrator, whatever the name of its session; undefined in none that was read. */
export function adminRightOf(world: RbacReader, arn: string): AdminRight | undefined {
  for (const cluster of clusterNames(world)) {
    const right = rightIn(clusterRbac(world, cluster), arn)
    if (right !== undefined) return right
  }
  return undefined
}

function rightIn(built: ClusterRbac, arn: string): AdminRight | undefined {
  const mapped = subjectOf(built.access, arn)
  const subject = subjectBehind(mapped, arn)
  if (subject === undefined || mapped.answer === 'refused') return undefined
  const grant = allGrants(built.rbac, subject, everything).find(each => each.by !== 'binding' || each.onlyNames === undefined)
  const at = built.mappingEvidence(mapped.by, 'the cluster knows the role by this')
  if (grant === undefined || at === undefined) return undefined
  const why = built.grantEvidence(grant, 'this makes it administrator')
  const [first, ...others] = grant.by === 'accessPolicy' ? why : [at, ...why]
  return { cluster: built.cluster, by: byText(grant), evidence: [first ?? at, ...others] }
}

/** Groups hold for every session; a user name that a session chooses is nobody's for certain. */
function subjectBehind(mapped: Mapped, arn: string): Subject | undefined {
  if (mapped.answer === 'mapped') return mapped.subject
  if (mapped.answer === 'refused') return undefined
  const groups = mapped.groups.filter(group => !group.includes('{{'))
  return { user: '', groups: [...groups, authenticated], ...(mapped.by.by === 'accessEntry' ? { principalArn: arn } : {}) }
}

function byText(grant: Grant): string {
  if (grant.by === 'masters') return 'group system:masters'
  if (grant.by === 'accessPolicy') return grant.policy
  return `${grant.binding.kind === 'ClusterRoleBinding' ? 'clusterrolebinding' : 'rolebinding'} ${grant.binding.document.metadata?.name ?? ''}`
}
