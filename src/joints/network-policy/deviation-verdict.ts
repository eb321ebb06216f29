import { Unread } from '#base/errors.ts'
import { policiesOf, requireLists, type ClusterPolicies, type PolicyInputList, type PolicyLayerReader } from '#joints/policy-layer.ts'
import { valueAt, type Path } from '#model/place.ts'
import type { Evidence, Resource } from '#model/resource.ts'
import { fail, pass, skip, type Fix, type Severity, type Verdict } from '#model/verdict.ts'
import type { Deviation, DeviationName } from '#network/policy-layer.ts'
import type { RuleReference } from '#network/question.ts'

/** The deviations of one name that stand in one policy. */
export type Found = readonly [Deviation, ...Deviation[]]

/** How a check speaks of a deviation that stands in a policy. */
export interface Telling {
  /** Both ends and the broken edge, of the first. */
  message(first: Deviation, name: string, policies: ClusterPolicies): string
  /** What is said of the place that decides, and of the others that take part. */
  readonly at: string | ((deviation: Deviation) => string)
  readonly with?: string
  /** Where in the rule it stands, when not in all of it. */
  readonly inside?: Path
  readonly effect: string | ((first: Deviation) => string)
  fix?(found: Found, policies: ClusterPolicies): Fix | undefined
  readonly help: string
  /** Of a policy that has none: what is said of its specification. */
  readonly passes: string
  /** Lists of objects that it takes besides those that every deviation does. */
  readonly lists?: readonly PolicyInputList[]
  severity?(found: Found): Severity | undefined
  /** Of the deviations of this name, those that are this check's and that lose something. */
  counts?(deviation: Deviation, policies: ClusterPolicies): boolean
  /** It concerns everything, and so no pods are named. */
  readonly concernsAll?: true
}

/** What decides how AWS's engine enforces a policy. */
export const deviationLists = [
  'networkPolicies',
  'applicationNetworkPolicies',
  'awsClusterNetworkPolicies',
  'pods',
  'namespaces',
  'nodes',
] as const

/**
 * What AWS's engine makes of a policy, where it differs from what the policy says.
 * @throws Unread when it was not read who enforces policies, or what they are about
 */
export function deviationVerdict(world: PolicyLayerReader, policy: Resource, name: DeviationName, telling: Telling): Verdict {
  const policies = policiesOf(world, clusterOf(policy))
  if (!enforcedByAws(policies)) return skip('the engine of the VPC CNI does not enforce policies here')
  requireLists(policies.input, [...deviationLists, ...(telling.lists ?? [])])
  const here = deviationsAt(policies, name, policy).filter(each => telling.counts?.(each, policies) ?? true)
  const [first, ...others] = telling.concernsAll === true ? here : here.filter(({ pods }) => pods.length > 0)
  if (first === undefined) {
    if (here.length > 0) return skip('it concerns no pod')
    return pass(specOf(policy, telling.passes))
  }
  return failing(policies, policy, [first, ...others], telling)
}

function failing(policies: ClusterPolicies, policy: Resource, found: Found, telling: Telling): Verdict {
  const [first] = found
  const more = found.length - 1
  const fix = telling.fix?.(found, policies)
  const severity = telling.severity?.(found)
  return fail({
    message: telling.message(first, policyName(policy), policies) + (more === 0 ? '' : ` (and ${more} more like it)`),
    evidence: evidenceOf(policies, found, telling),
    effect: typeof telling.effect === 'string' ? telling.effect : telling.effect(first),
    ...(fix === undefined ? { help: telling.help } : { fix }),
    ...(severity === undefined ? {} : { severity }),
  })
}

/** Places that are shown of many. */
const shown = 3

function evidenceOf(policies: ClusterPolicies, found: Found, telling: Telling): [Evidence, ...Evidence[]] {
  const { at: text } = telling
  const [first, ...rest] = found
    .slice(0, shown)
    .flatMap(each => placeOf(policies, inside(each, telling), typeof text === 'string' ? text : text(each)) ?? [])
  if (first === undefined) throw new Error(`${found[0].id} stands in ${found[0].at.kind} ${found[0].at.id}, which was not read`)
  const others = found.flatMap(each => each.with).slice(0, shown)
  const places = others.flatMap(each => placeOf(policies, each, telling.with ?? 'this takes part') ?? [])
  return [first, ...distinct([...rest, ...places], first), ...podsOf(policies, found)]
}

const inside = ({ at }: Deviation, telling: Telling): RuleReference => ({ ...at, path: [...at.path, ...(telling.inside ?? [])] })

function distinct(list: readonly Evidence[], first: Evidence): Evidence[] {
  const key = ({ resource, path }: Evidence) => `${resource.kind} ${resource.id} ${path.join('.')}`
  const seen = new Set([key(first)])
  return list.filter(each => !seen.has(key(each)) && seen.add(key(each)))
}

function podsOf(policies: ClusterPolicies, found: readonly Deviation[]): Evidence[] {
  const pods = [...new Set(found.flatMap(each => each.pods))]
  const [pod] = pods
  if (pod === undefined) return []
  return [podEvidence(policies, pod, pods.length === 1 ? 'it concerns this pod' : `it concerns ${pods.length} pods, and this is one`)]
}

/** A pod, or the workload that would make it. */
export function podEvidence({ find, planned }: ClusterPolicies, pod: string, label: string): Evidence {
  const resource = find('k8s/Pod', pod) ?? planned.get(pod)?.workload.resource
  if (resource === undefined) throw new Error(`pod ${pod} was not read`)
  return resource.at(['metadata', 'name'], label)
}

/** The place, or the nearest above it that exists; of a whole document, its name. */
export function placeOf(policies: ClusterPolicies, { kind, id, path }: RuleReference, label: string): Evidence | undefined {
  if (kind === 'k8s/Pod') return podEvidence(policies, id, label)
  const resource = policies.find(kind, id)
  if (resource === undefined) return undefined
  let known = path
  while (known.length > 0 && valueAt(resource.body, known) === undefined) known = known.slice(0, -1)
  return known.length === 0 ? resource.at(['metadata', 'name'], label) : resource.at(known, label)
}

const byPlace = new WeakMap<readonly Deviation[], ReadonlyMap<string, readonly Deviation[]>>()

function deviationsAt(policies: ClusterPolicies, name: DeviationName, { kind, id }: Pick<Resource, 'kind' | 'id'>): readonly Deviation[] {
  const all = policies.deviations()
  let index = byPlace.get(all)
  if (index === undefined) {
    index = Map.groupBy(all, each => `${each.id}\n${each.at.kind}\n${each.at.id}`)
    byPlace.set(all, index)
  }
  return index.get(`${name}\n${kind}\n${id}`) ?? []
}

/** @throws Unread when it was not read which engine enforces, or in which mode */
export function enforcedByAws({ input }: ClusterPolicies): boolean {
  if ('unread' in input.engine) throw new Unread(input.engine.unread)
  return input.engine.value === 'aws-vpc-cni'
}

export const clusterOf = ({ scope }: Pick<Resource, 'scope'>): string => ('cluster' in scope ? scope.cluster : '')

/** `ClusterNetworkPolicy lockdown`, `NetworkPolicy shop/web`. */
export const policyName = ({ kind, id }: Pick<Resource, 'kind' | 'id'>): string => `${kind.slice(kind.lastIndexOf('/') + 1)} ${id}`

/** The specification as a place; of an object without one, its name. */
export const specOf = (resource: Resource, label: string): Evidence =>
  valueAt(resource.body, ['spec']) === undefined ? resource.at(['metadata', 'name'], label) : resource.at(['spec'], label, 'key')
