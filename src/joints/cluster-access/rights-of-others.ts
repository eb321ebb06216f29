import type { ClusterRbac } from '#joints/rbac.ts'
import { lastName } from '#iam/arn.ts'
import type { Evidence } from '#model/resource.ts'
import type { Grant } from '#rbac/decide.ts'
import type { Rbac } from '#rbac/compile.ts'
import type { ResourceQuestion } from '#rbac/question.ts'
import { mastersGroup } from '#rbac/subject.ts'
import { whoMay, type Holder } from '#rbac/who-may.ts'

/** Somebody who has a right in a cluster beside its administrators and its own controllers. */
export interface Other {
  readonly key: string
  /** `group developers`, `sa/ci in build`, `role Developer`. */
  readonly text: string
  /** Everybody, or every service account: nobody was meant. */
  readonly isBroad: boolean
  readonly grant: Grant
}

const broad = /^system:(?:authenticated|unauthenticated|anonymous|serviceaccounts(?::.*)?)$/

/**
 * Who may do one of these, first right first. Left out are administrators (every verb on everything), whom another check speaks of, and what Kubernetes
 * and EKS bind to themselves: names and bindings that begin with `system:`, `eks:` or `aws:`.
 */
export function othersWho({ rbac }: ClusterRbac, questions: readonly ResourceQuestion[]): readonly Other[] {
  const found = new Map<string, Other>()
  for (const question of questions) {
    for (const holder of holdersOf(rbac, question)) {
      const other = otherOf(holder)
      if (other !== undefined && !found.has(other.key)) found.set(other.key, other)
    }
  }
  return [...found.values()].sort((a, b) => Number(b.isBroad) - Number(a.isBroad) || (a.key < b.key ? -1 : 1))
}

/** The part of an authorization that holds everywhere, the part that holds in one namespace, and what the former says of questions. */
interface Parts {
  readonly wide: Rbac
  readonly inNamespace: Map<string, Rbac>
  readonly answers: Map<string, readonly Holder[]>
}

const known = new WeakMap<Rbac, Parts>()

function partsOf(rbac: Rbac): Parts {
  const found = known.get(rbac) ?? {
    wide: partOf(rbac, '', true),
    inNamespace: new Map<string, Rbac>(),
    answers: new Map<string, readonly Holder[]>(),
  }
  known.set(rbac, found)
  return found
}

const partOf = (rbac: Rbac, namespace: string, isWide: boolean): Rbac => ({
  ...rbac,
  ofRole: new Map(
    [...rbac.ofRole].flatMap(([role, byNamespace]) => {
      const bindings = byNamespace.get(namespace)
      return bindings === undefined ? [] : [[role, new Map([[namespace, bindings]])] as const]
    }),
  ),
  associations: rbac.associations.filter(({ document }) => (document.accessScope.type === 'cluster') === isWide),
})

/** As `whoMay`; what holds everywhere is asked once and not for each of many namespaces. */
export function holdersOf(rbac: Rbac, question: ResourceQuestion): readonly Holder[] {
  const { wide, inNamespace, answers } = partsOf(rbac)
  const { namespace = '', ...rest } = question
  const key = JSON.stringify(rest)
  const everywhere = answers.get(key) ?? whoMay(wide, question).holders
  answers.set(key, everywhere)
  if (namespace === '') return everywhere
  const here = inNamespace.get(namespace) ?? partOf(rbac, namespace, false)
  inNamespace.set(namespace, here)
  return merged([...everywhere, ...whoMay(here, question).holders])
}

const merged = (holders: readonly Holder[]): readonly Holder[] =>
  [...Map.groupBy(holders, ({ kind, namespace = '', name }) => `${kind}/${namespace}/${name}`).values()].flatMap(([first, ...others]) =>
    first === undefined ? [] : [{ ...first, grants: [first, ...others].flatMap(({ grants }) => grants) }],
  )

const reserved = /^(?:system|eks|aws):/

function otherOf(holder: Holder): Other | undefined {
  const { kind, name, namespace } = holder
  const isBroad = kind !== 'ServiceAccount' && broad.test(name)
  if (name === mastersGroup || (reserved.test(name) && !isBroad) || holder.grants.some(isEverything)) return undefined
  const grant = holder.grants.find(each => !isOwn(each))
  if (grant === undefined) return undefined
  const text =
    kind === 'ServiceAccount'
      ? `sa/${name} in ${namespace ?? ''}`
      : kind === 'Principal'
        ? principalText(name)
        : `${kind.toLowerCase()} ${name}`
  return { key: `${kind}/${namespace ?? ''}/${name}`, text, isBroad, grant }
}

const principalText = (arn: string): string => `${arn.includes(':user/') ? 'user' : 'role'} ${lastName(arn)}`

const isOwn = (grant: Grant): boolean =>
  grant.by === 'binding' &&
  [grant.binding.document.metadata?.name, grant.binding.document.roleRef?.name].some(name => reserved.test(name ?? ''))

/** Three stars everywhere: an administrator of the cluster. */
function isEverything(grant: Grant): boolean {
  if (grant.by === 'masters') return true
  if (grant.by === 'accessPolicy') return grant.association.accessScope.type === 'cluster' && isStars(grant.document)
  return grant.binding.kind === 'ClusterRoleBinding' && isStars(grant.from.document.rules?.[grant.rule] ?? {})
}

const isStars = ({
  verbs = [],
  apiGroups = [],
  resources = [],
  resourceNames = [],
}: {
  readonly verbs?: readonly string[]
  readonly apiGroups?: readonly string[]
  readonly resources?: readonly string[]
  readonly resourceNames?: readonly string[]
}): boolean => verbs.includes('*') && apiGroups.includes('*') && resources.includes('*') && resourceNames.length === 0

/** `group developers, sa/ci in build and 3 more`. */
export function othersText(others: readonly Other[]): string {
  const texts = others.map(({ text }) => text)
  return texts.length > 3
    ? `${texts.slice(0, 2).join(', ')} and ${texts.length - 2} more`
    : texts.length > 1
      ? `${texts.slice(0, -1).join(', ')} and ${texts.at(-1) ?? ''}`
      : (texts[0] ?? '')
}

/** Where the rights of the first few stand. */
export const othersEvidence = (built: ClusterRbac, others: readonly Other[]): readonly Evidence[] =>
  others
    .slice(0, 3)
    .flatMap(({ grant, text }, index) => built.grantEvidence(grant, `${text} has the right by this`).slice(0, index === 0 ? 2 : 1))
