import { UserError } from '#base/errors.ts'
import { kindsToRead } from '#joints/all.ts'
import type { ChainStart } from '#joints/define.ts'
import { startText, withObjects, type JointProbe, type Prepared, type ProbeSettings } from '#joints/define-probe.ts'
import { probes as every } from '#joints/probes.ts'
import { runJoint } from '#joints/run.ts'
import type { Untried, ValidationPlan } from '#findings/validation.ts'
import type { Probe, ProbeObject } from '#model/probe.ts'
import type { World } from '#model/world.ts'
import { chooseChecks } from './choose.ts'
import { readWorld, type WorldInput } from './read-world.ts'
import { subjectTextNamed } from './subject-named.ts'
import { validationPermissions } from './validation-permissions.ts'

export interface ValidateQuestion {
  /** `deploy/reader`; every chain of the namespaces without it. */
  readonly target: string | undefined
  readonly namespaces: readonly string[]
  /** Only these joints; all that have a probe when empty. */
  readonly joints: readonly string[]
  readonly settings: ProbeSettings
  /** More probes than this are refused: each makes a pod. */
  readonly most: number
}

interface Candidate {
  readonly probe: JointProbe
  readonly start: ChainStart
  readonly prepared: Prepared
}

/**
 * Reads the world and writes down what would run and what should be seen. Makes nothing.
 * @throws UserError `NO_PROBES`, `TOO_MANY_PROBES`, and those of reading and naming
 */
export async function planValidation(input: WorldInput, question: ValidateQuestion): Promise<ValidationPlan> {
  const chosen = chosenProbes(question.joints)
  // Whatever stands around the namespaces decides too, so the whole world is read.
  const read = await readWorld({ ...input, namespaces: [], preferWhole: true }, kindsFor(chosen))
  const { candidates, untried } = prepareAll(read.world, chosen, question)
  assertSome(candidates, untried, question)
  const probes = expectAll(read.world, candidates)
  const [first] = candidates
  return {
    run: question.settings.run,
    cluster: first?.start.clusterName ?? '',
    image: question.settings.image,
    probes,
    untried,
    permissions: validationPermissions(probes),
    problems: read.problems,
  }
}

const kindsFor = (chosen: readonly JointProbe[]) => [
  ...new Set([...kindsToRead(chosen.map(({ joint }) => joint)), ...chosen.flatMap(({ reads }) => reads)]),
]

/** @throws UserError `UNKNOWN_JOINT`, `NO_PROBES` */
function chosenProbes(joints: readonly string[]): readonly JointProbe[] {
  const wanted = new Set(chooseChecks({ joints }).joints.map(({ id }) => id))
  const found = every.filter(({ joint }) => wanted.has(joint.id))
  if (found.length > 0) return found
  throw new UserError('NO_PROBES', `no probe tries ${joints.join(', ')}`, {
    help: `there are probes for ${every.map(({ joint }) => joint.id).join(', ')}`,
  })
}

function prepareAll(world: World, chosen: readonly JointProbe[], { target, namespaces, settings }: ValidateQuestion) {
  const only = target === undefined ? undefined : subjectTextNamed(world, target, namespaces[0])
  const candidates: Candidate[] = []
  const untried: Untried[] = []
  const known = new Set<string>()
  for (const probe of chosen) {
    for (const start of (probe.starts ?? probe.joint.starts)(world)) {
      if (!isWanted(start, only, namespaces)) continue
      const prepared = probe.prepare(world, start, settings, candidates.length + 1)
      if ('why' in prepared) {
        untried.push({ joint: probe.joint.id, subject: startText(start), why: prepared.why })
        continue
      }
      const key = sameness(probe, prepared, settings.run)
      if (known.has(key))
        untried.push({ joint: probe.joint.id, subject: startText(start), why: 'another probe of this run tries the same' })
      else {
        candidates.push({ probe, start, prepared })
        if (prepared.omits !== undefined) untried.push({ joint: probe.joint.id, subject: startText(start), why: prepared.omits })
      }
      known.add(key)
    }
  }
  return { candidates, untried }
}

function isWanted(start: ChainStart, only: string | undefined, namespaces: readonly string[]): boolean {
  if (only !== undefined)
    return (
      startText(start) === only ||
      (start.serviceAccount !== undefined && startText({ clusterName: '', serviceAccount: start.serviceAccount }) === only)
    )
  const namespace = start.workload?.namespace ?? start.serviceAccount?.body.metadata.namespace
  return namespaces.length === 0 || (namespace !== undefined && namespaces.includes(namespace))
}

/** Two workloads with one service account and the same settings are tried once. */
const sameness = ({ joint }: JointProbe, { pods, objects }: Prepared, run: string): string =>
  `${joint.id}\n${JSON.stringify([objectsOf({ pods, objects })]).replaceAll(new RegExp(`${run}-\\d+`, 'g'), '')}`

const objectsOf = ({ pods, objects }: Pick<Prepared, 'pods' | 'objects'>): readonly ProbeObject[] => [
  ...objects,
  ...pods.map(({ job }) => job(new Map())),
]

function assertSome(candidates: readonly Candidate[], untried: readonly Untried[], { target, most }: ValidateQuestion): void {
  if (candidates.length === 0) {
    const [first] = untried
    throw new UserError(
      'NO_PROBES',
      `there is nothing to try${target === undefined ? '' : ` about ${target}`}${first === undefined ? '' : `: ${first.why}`}`,
      {
        help: 'mortise explain draws the chains of a workload; name one that has some',
      },
    )
  }
  if (candidates.length > most)
    throw new UserError('TOO_MANY_PROBES', `${candidates.length} probes would run, each with a pod of its own`, {
      help: `name a workload, a namespace with -n or a joint with --joint; or allow as many with --most ${candidates.length}`,
    })
}

/** What the engines say of the probes themselves: each joint is asked about a world in which they are. */
function expectAll(world: World, candidates: readonly Candidate[]): readonly Probe[] {
  const copy = withObjects(
    world,
    candidates.flatMap(({ prepared }) => objectsOf(prepared)),
  )
  const joints = [...new Set(candidates.map(({ probe }) => probe.joint))]
  const chains = new Map(joints.map(joint => [joint.id, runJoint(joint, copy).chains]))
  return candidates.map(({ probe: { joint }, start, prepared: { expect, ...prepared } }) => {
    const [pod] = prepared.pods
    const job = pod?.job(new Map())
    const [namespace, name] = job?.id.split('/') ?? []
    const drawn = chains.get(joint.id) ?? []
    const chain = drawn.find(({ subject }) => subject === `job/${name} in ${namespace}`)
    const own = drawn.find(({ subject }) => subject === startText(start))
    return { joint: joint.id, subject: startText(start), ...prepared, ...expect(copy, chain, own) }
  })
}
