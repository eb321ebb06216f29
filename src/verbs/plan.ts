import { isDeepStrictEqual } from 'node:util'
import { Unread, UserError, type UnreadFact } from '#base/errors.ts'
import { planOf, type Plan } from '#changes/plan.ts'
import { jointBlueprints } from '#joints/blueprints.ts'
import { eksCluster, whyNoCluster } from '#joints/clusters.ts'
import type { BlueprintPart } from '#joints/define-blueprint.ts'
import type { Proposal } from '#joints/proposal.ts'
import type { Blueprint } from '#model/blueprint.ts'
import { applyChanges } from '#model/change.ts'
import type { Resource } from '#model/resource.ts'
import type { World } from '#model/world.ts'
import { readBlueprint } from '#sources/files/read-blueprint.ts'
import { readWorld, type ReadResult, type WorldInput } from './read-world.ts'

/** A part of a blueprint that could not be planned, since something was not read: nothing unread is planned over. */
interface UnplannedPart {
  readonly about: string
  readonly joint: string
  readonly fact: UnreadFact
}

/** A part that is somebody else's to change: a Helm release's, an administrator's. The others are planned all the same. */
interface LeftPart {
  readonly about: string
  readonly joint: string
  readonly why: string
  /** What to do there, a sentence. */
  readonly help?: string
}

export interface Planned extends ReadResult {
  readonly plan: Plan
  readonly unread: readonly UnplannedPart[]
  readonly left: readonly LeftPart[]
}

/**
 * What is missing between what a blueprint declares and the world, as changes in the order in which they can be made. An empty plan means that it
 * holds.
 * @throws UserError `BAD_BLUEPRINT`, `NO_CLUSTER`
 */
export async function plan(input: WorldInput, file: string): Promise<Planned> {
  const blueprint = await readBlueprint(file)
  const parts = jointBlueprints.flatMap(({ joint, parts: of }) => of(blueprint).map(part => ({ joint, part })))
  const kinds = new Set(['aws/eks/Cluster' as const, ...parts.flatMap(({ part }) => part.reads)])
  const wanted = wantedBy(blueprint, input.wanted)
  const read = await readWorld({ ...input, wanted, cluster: input.cluster ?? blueprint.cluster }, [...kinds].sort())
  const cluster = eksCluster(read.world, blueprint.cluster)
  if (cluster === undefined) {
    const { reason } = whyNoCluster(read.world, blueprint.cluster)
    throw new UserError('NO_CLUSTER', `the EKS cluster ${blueprint.cluster} is not known: ${reason}`, {
      help: 'read the live account, or add the output of aws eks describe-cluster',
    })
  }
  const { steps, unread, left } = planned(parts, read.world, cluster)
  const { readAt } = read.world
  return { ...read, unread, left, plan: planOf({ cluster: blueprint.cluster, ...(readAt === undefined ? {} : { readAt }), steps }) }
}

/** Two joints that share a question share what nobody could answer. */
function addOnce(unread: UnplannedPart[], part: UnplannedPart): void {
  if (!unread.some(({ about, fact }) => about === part.about && isDeepStrictEqual(fact, part.fact))) unread.push(part)
}

function leaveOnce(left: LeftPart[], part: LeftPart): void {
  if (!left.some(each => isDeepStrictEqual(each, part))) left.push(part)
}

/** Of buckets and parameters only what is named is read. */
function wantedBy({ workloads }: Blueprint, wanted: WorldInput['wanted'] = {}): NonNullable<WorldInput['wanted']> {
  const reads = workloads.flatMap(workload => workload.reads)
  const buckets = reads.flatMap(each => (each.is === 's3' ? [each.bucket] : []))
  // Only a name with a slash in it must begin with one.
  const parameters = reads.flatMap(each =>
    each.is !== 'parameter' ? [] : each.name.includes('/') ? [`/${each.name}`] : [each.name, `/${each.name}`],
  )
  return {
    ...wanted,
    buckets: [...(wanted.buckets ?? []), ...buckets],
    ...(parameters.length === 0 ? {} : { parameters: [...(wanted.parameters ?? []), ...parameters] }),
  }
}

/** What stops one part alone: it is somebody else's to change. */
const leaving: ReadonlySet<string> = new Set(['NOT_OURS', 'CANNOT_HOLD'])

/** Each part is planned for the world as the ones before it leave it. */
function planned(
  parts: readonly { readonly joint: string; readonly part: BlueprintPart }[],
  world: World,
  cluster: Resource<'aws/eks/Cluster'>,
): { readonly steps: readonly Proposal[]; readonly unread: readonly UnplannedPart[]; readonly left: readonly LeftPart[] } {
  const steps: Proposal[] = []
  const unread: UnplannedPart[] = []
  const left: LeftPart[] = []
  let now = world
  for (const { joint, part } of parts) {
    try {
      const proposals = part.propose(now, cluster)
      // Pods that are to be replaced are there until then: another part may have to replace them as well.
      now = applyChanges(
        now,
        proposals.flatMap(({ change }) => (change.edit.do === 'restart' ? [] : change)),
      )
      steps.push(...proposals)
    } catch (error) {
      const { about } = part
      if (error instanceof Unread) addOnce(unread, { about, joint, fact: error.fact })
      else if (error instanceof UserError && leaving.has(error.code))
        leaveOnce(left, { about, joint, why: error.message, ...(error.help === undefined ? {} : { help: error.help }) })
      else throw error
    }
  }
  return { steps: replacedOnce(steps), unread, left }
}

/** Pods are replaced once, when everything is there that new ones take up. */
function replacedOnce(steps: readonly Proposal[]): readonly Proposal[] {
  const restarts = Map.groupBy(
    steps.filter(({ change }) => change.edit.do === 'restart'),
    ({ change: { target } }) => `${target.kind} ${target.id}`,
  )
  return steps.flatMap(step => {
    const { target, edit } = step.change
    if (edit.do !== 'restart') return step
    const all = restarts.get(`${target.kind} ${target.id}`) ?? []
    if (all.at(-1) !== step) return []
    const pods = [...new Set(all.flatMap(({ change }) => (change.edit.do === 'restart' ? change.edit.pods : [])))]
    return { ...step, change: { ...step.change, edit: { do: 'restart', pods } as const } }
  })
}
