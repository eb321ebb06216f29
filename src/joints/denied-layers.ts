import { Unread } from '#base/errors.ts'
import { healReach, type Heal, type HealEdit } from '#network/heal.ts'
import { withEdit } from '#network/heal/heal-edit.ts'
import type { Network } from '#network/network.ts'
import type { Answer, LayerAnswer, Question } from '#network/question.ts'
import type { Change } from '#model/change.ts'
import type { Path } from '#model/place.ts'
import type { Evidence } from '#model/resource.ts'
import type { Fix } from '#model/verdict.ts'
import { ruleEvidence, type ClusterNetwork, type WorkloadPods } from './network.ts'
import { perWorld } from './per-world.ts'
import { sortOf } from './pod-sorts.ts'
import { reachFix } from './reach-fix.ts'

/** Where a document says its own name, for a layer that lacks a rule: what is missing stands nowhere. */
const names: Readonly<Record<string, Path>> = {
  'aws/ec2/SecurityGroup': ['GroupId'],
  'aws/ec2/NetworkAcl': ['NetworkAclId'],
  'aws/ec2/RouteTable': ['RouteTableId'],
}

/** What decides in a layer: its rules, or the documents that have none. */
export function layerEvidence(view: ClusterNetwork, { by, asked = [], reason }: LayerAnswer, label = reason): Evidence[] {
  const rules = by.length > 0 ? by : asked
  return rules.flatMap(rule => {
    const isWhole = rule.path.length === 0
    return ruleEvidence(view, isWhole ? { ...rule, path: names[rule.kind] ?? ['metadata', 'name'] } : rule, label) ?? []
  })
}

/** Each place once. */
export function distinctPlaces(list: readonly Evidence[]): Evidence[] {
  return [...new Map(list.map(each => [`${each.resource.kind} ${each.resource.id} ${each.path.join('.')}`, each])).values()]
}

/**
 * @throws Unread with what a layer that does not know lacks
 */
export function assertKnown(layers: readonly LayerAnswer[]): void {
  const unsure = layers.find(({ verdict }) => verdict === 'unknown')
  if (unsure === undefined) return
  throw new Unread(unsure.fact ?? { kind: 'k8s/Pod', reason: unsure.reason })
}

/** What an answer that is not known lacks. */
export function unknownPath({ layers, reason }: Pick<Answer, 'layers' | 'reason'>): Unread {
  const fact = layers.find(layer => layer.verdict === 'unknown' && layer.fact !== undefined)?.fact
  return new Unread(fact ?? { kind: 'k8s/Pod', reason })
}

const healsOf = perWorld((_view: ClusterNetwork) => new Map<string, Heal | undefined>())

/** What lets the questions through, the fewest and narrowest rules that are added, each proved by the engine; undefined when none do. */
export function fixFor(view: ClusterNetwork, questions: readonly Question[]): Fix | undefined {
  const key = questions.map(question => keyOf(view, question)).join('\n')
  const known = healsOf(view)
  if (!known.has(key)) {
    if (!isSmall(view) && (known.size >= mostHeals || view.workloads.length > mostHealed)) return undefined
    known.set(key, healAll(view, questions))
  }
  const heal = known.get(key)
  const fix = heal === undefined ? undefined : reachFix(view, heal)
  return fix === undefined || isSmall(view) ? fix : { ...fix, changes: fix.changes.map(atLeast) }
}

/** The cost of counting what an addition opens grows with the square of the workloads: in larger clusters it is counted over some. */
const mostGroups = 150
const sampled = 40
/**
 * There a heal takes about a second, so one is worked out, and none where it takes seconds (0.9 at 300 workloads, 2.5 at 1,000): the others say what to
 * do, and mortise reach prints theirs.
 */
const mostHeals = 1
const mostHealed = 300

const isSmall = ({ workloads }: ClusterNetwork): boolean => workloads.length <= mostGroups

const atLeast = (change: Change): Change => ({
  ...change,
  risk: change.risk.replace('It opens', `Of ${sampled} workloads that were looked at it opens`),
})

/** All, or both ends and whoever is beside them. */
function groupsFor(view: ClusterNetwork, questions: readonly Question[]): readonly WorkloadPods[] {
  if (isSmall(view)) return view.workloads
  const pods = new Set(questions.flatMap(({ from, to }) => [from, to].flatMap(end => ('pod' in end ? [end.pod] : []))))
  const ends = view.workloads.filter(group => group.pods.some(pod => pods.has(pod)))
  const spaces = new Set(ends.map(({ workload }) => workload.namespace))
  const near = view.workloads.filter(({ workload }) => spaces.has(workload.namespace))
  return [...new Set([...ends, ...near.slice(0, sampled / 2), ...view.workloads])].slice(0, sampled)
}

function keyOf(view: ClusterNetwork, { from, to, protocol, port, placement }: Question): string {
  const [source, destination] = [from, to].map(end => ('pod' in end ? sortOf(view, end.pod) : JSON.stringify(end)))
  return `${source} ${destination} ${protocol}/${port ?? ''} ${placement ?? ''}`
}

/** One after the other, each in the network that has the rules of those before. */
function healAll(view: ClusterNetwork, questions: readonly Question[]): Heal | undefined {
  let network: Network = view.network
  const groups = groupsFor(view, questions)
  const heals: Heal[] = []
  for (const question of questions) {
    const heal = healReach(network, question, { groups })
    if ('because' in heal) return undefined
    heals.push(heal)
    network = heal.edits.filter(isAddition).reduce(withEdit, network)
  }
  const [first] = heals
  if (first === undefined) return undefined
  const opens = new Map(heals.flatMap(heal => heal.opens).map(pair => [pair.join('\n'), pair]))
  return {
    ...first,
    edits: heals.flatMap(heal => heal.edits),
    says: heals.flatMap(heal => heal.says),
    layers: [...new Set(heals.flatMap(heal => heal.layers))],
    opens: [...opens.values()],
  }
}

const isAddition = (edit: HealEdit): edit is Extract<HealEdit, { readonly do: 'add' }> => edit.do === 'add'
