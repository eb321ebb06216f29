import { eksCluster } from '#joints/clusters.ts'
import { clusterRbac, type ClusterRbac, type RbacReader } from '#joints/rbac.ts'
import { lastName } from '#iam/arn.ts'
import { perWorld } from '#joints/per-world.ts'
import type { Resource } from '#model/resource.ts'
import type { ResourceQuestion } from '#rbac/question.ts'
import { ways } from '#rbac/ways.ts'
import { othersWho, type Other } from './rights-of-others.ts'
import { assertAssociations, bearersByAccount, type Bearer, type BearerReader } from './role-bearers.ts'
import type { RoleMayReader } from './role-may.ts'
import { powersOf, type RolePowers } from './role-powers.ts'
import { Unread } from '#base/errors.ts'

/** A namespace whose service accounts get roles, and who else may run or enter its pods. */
export interface Runners {
  readonly built: ClusterRbac
  /** Those that get their role. */
  readonly bearers: readonly Bearer[]
  readonly roles: readonly string[]
  readonly others: readonly Other[]
  /** What the strongest of the roles may do, when that is a lot. */
  readonly strong: RolePowers | undefined
}

const byNamespace = perWorld((world: BearerReader) =>
  Map.groupBy(bearersByAccount(world).values(), ({ cluster, namespace }) => `${cluster}\n${namespace}`),
)

/**
 * Undefined when no service account of the namespace gets a role.
 * @throws Unread when that could not be told of any
 */
export function runnersIn(world: RbacReader & BearerReader & RoleMayReader, namespace: Resource<'k8s/Namespace'>): Runners | undefined {
  const { name } = namespace.body.metadata
  const cluster = 'cluster' in namespace.scope ? namespace.scope.cluster : ''
  const bearers = admitted(byNamespace(world).get(`${cluster}\n${name}`) ?? [])
  if (bearers.length === 0) {
    assertAssociations(world, [eksCluster(world, cluster) ?? []].flat())
    world.list('k8s/ServiceAccount', { cluster, namespace: name })
    return undefined
  }
  const built = clusterRbac(world, cluster)
  const own = new Set(bearers.map(bearer => `ServiceAccount/${name}/${bearer.name}`))
  const others = othersWho(built, questionsIn(name)).filter(({ key }) => !own.has(key))
  const roles = bearers.flatMap(({ roleArn }) => world.find('aws/iam/Role', roleArn) ?? [])
  const strong = roles.map(role => powersOf(world, role)).sort((a, b) => b.held.length - a.held.length)[0]
  return {
    built,
    bearers,
    others,
    roles: [...new Set(roles.map(({ id }) => lastName(id)))].sort(),
    strong: strong?.held.length === 0 ? undefined : strong,
  }
}

function admitted(bearers: readonly Bearer[]): readonly Bearer[] {
  let doubt: Unread | undefined
  const found = bearers.filter(bearer => {
    try {
      return bearer.getsIt()
    } catch (error) {
      if (!(error instanceof Unread)) throw error
      doubt ??= error
      return false
    }
  })
  if (found.length === 0 && doubt !== undefined) throw doubt
  return found
}

/** Rights that give code in a pod of the namespace in one step. */
const rights = ways.filter(({ yields, steps }) => steps === 'one' && (yields === 'run' || yields === 'enter')).flatMap(way => way.rights)

const questionsIn = (namespace: string): readonly ResourceQuestion[] =>
  rights.flatMap(({ verbs, group, resource, subresource }) =>
    verbs.map(verb => ({
      verb,
      group,
      resource,
      namespace,
      someName: true as const,
      ...(subresource === undefined ? {} : { subresource }),
    })),
  )
