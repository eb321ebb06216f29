import { askedChains, flowsWith } from '#findings/asked-chains.ts'
import { chooseCause } from '#findings/choose-cause.ts'
import type { Diagnosis } from '#findings/diagnosis.ts'
import { joints, kindsToRead } from '#joints/all.ts'
import { clueKinds, cluesOf, type Clue } from '#joints/clues.ts'
import { subjectText } from '#joints/define.ts'
import { componentContainers, logClues, ownContainers, type LogText } from '#joints/logged-containers.ts'
import { recognised } from '#joints/symptoms.ts'
import { treeOf } from '#joints/trees.ts'
import { workloadsOf, type Workload } from '#joints/workloads.ts'
import type { Kind } from '#model/kinds.ts'
import type { World } from '#model/world.ts'
import { readWorld, type ReadResult, type WorldInput } from './read-world.ts'
import { subjectTextNamed } from './subject-named.ts'
import { liveLogs, type WorkloadLogs } from './workload-logs.ts'

export interface DiagnoseQuestion {
  /** `pod/reader-7d4`, `deploy/reader`, `sa/reader`. Without one only the texts are told. */
  readonly target?: string
  readonly namespace?: string | undefined
  /** Texts that a person gives: each is followed. */
  readonly texts: readonly string[]
  /** Texts of log files that a person gives, line by line. */
  readonly logs?: readonly { readonly name: string; readonly text: string }[]
  /** What `mortise collect` made: it stands in for what would be read live. */
  readonly bundle?: string
}

export interface DiagnoseResult extends Partial<ReadResult> {
  readonly diagnosis: Diagnosis
}

/** All that a diagnosis may read. */
export const kindsToDiagnose: readonly Kind[] = [...new Set<Kind>([...kindsToRead(joints), ...clueKinds])].sort()

/**
 * From a symptom to the one broken link.
 * @param input what to read; undefined when only texts are asked about
 * @throws UserError `NO_SUCH_WORKLOAD` and `AMBIGUOUS_WORKLOAD`; `NOT_A_BUNDLE`, `BUNDLE_VERSION` and `CANNOT_READ`
 */
export async function diagnose(input: WorldInput | undefined, question: DiagnoseQuestion): Promise<DiagnoseResult> {
  const given = givenClues(question)
  const bundle = question.bundle === undefined ? undefined : await opened(question.bundle)
  const target = question.target ?? bundle?.target
  if (input === undefined || target === undefined) return { diagnosis: chooseCause({ given, clues: [], chains: [] }) }
  const texts = bundle === undefined ? {} : { texts: [{ name: `${question.bundle}:world.yaml`, text: bundle.world }] }
  const read = await readWorld({ namedBy: 'roles of pods', ...input, ...texts, preferWhole: true }, kindsToDiagnose)
  const namespace = question.namespace ?? bundle?.namespace
  const subject = subjectTextNamed(read.world, target, namespace)
  const workloads = workloadsNamed(read.world, subject)
  const logs = bundle === undefined ? await logsFor(input, read.world, workloads, given) : { logs: bundle.logs, unread: [] }
  const words = wordsFor(workloads, [...given, ...workloads.flatMap(workload => cluesOf(read.world, workload))])
  const clues = logClues(logs.logs, workloads, words)
  return { ...read, diagnosis: diagnoseWorld(read.world, target, namespace, given, clues, logs.unread) }
}

/** The same in a world that was read. */
export function diagnoseWorld(
  world: World,
  target: string,
  namespace: string | undefined,
  given: readonly Clue[],
  logs: readonly Clue[],
  unreadLogs: WorkloadLogs['unread'] = [],
): Diagnosis {
  const subject = subjectTextNamed(world, target, namespace)
  const workloads = workloadsNamed(world, subject)
  const clues = [...workloads.flatMap(workload => cluesOf(world, workload)), ...logs]
  const texts = new Set([subject, ...workloads.map(subjectText)])
  const addresses = addressesIn([...given, ...clues])
  const isSubject = (text: string) => texts.has(text)
  const chains = [...askedChains(joints, world, isSubject), ...workloads.flatMap(each => flowsWith(joints, world, each, addresses))]
  return chooseCause({ subject, given, clues, chains, unreadLogs })
}

/** The workload of that name; of a service account those that run as it. */
export const workloadsNamed = (world: World, subject: string): readonly Workload[] =>
  workloadsOf(world).filter(
    workload => subjectText(workload) === subject || subject === `sa/${workload.serviceAccountName} in ${workload.namespace}`,
  )

async function opened(file: string) {
  const { readBundle } = await import('#sources/bundle/bundle.ts')
  const { logs, ...bundle } = await readBundle(file)
  const split = logs.map(({ pod, container, text }): LogText => {
    const [namespace = '', name = ''] = pod.split('/')
    return { namespace, pod: name, container, text }
  })
  return { ...bundle, logs: split }
}

/** The logs of the workload; of the components that serve it only where a text hides its cause, as its tree says. */
async function logsFor(input: WorldInput, world: World, workloads: readonly Workload[], given: readonly Clue[]): Promise<WorkloadLogs> {
  const clues = [...given, ...workloads.flatMap(workload => cluesOf(world, workload))]
  const hiding = clues
    .flatMap(({ text, past }) => (past === true ? [] : recognised(text)))
    .filter(({ symptom }) => symptom.hidden !== undefined)
  const images = [...new Set(hiding.flatMap(found => treeOf(found)?.logs ?? []))]
  return liveLogs(input, [...workloads.flatMap(ownContainers), ...componentContainers(world, workloads, images)])
}

/** What a line of a component's log names when it speaks of the workload. */
function wordsFor(workloads: readonly Workload[], clues: readonly Clue[]): readonly string[] {
  const named = workloads.flatMap(({ seenPods, serviceAccountName }) => [
    ...seenPods.map(pod => pod.body.metadata.name),
    ...(serviceAccountName === 'default' ? [] : [serviceAccountName]),
  ])
  const parameters = clues.flatMap(({ text }) => recognised(text)).flatMap(found => Object.values(found.parameters))
  return [...new Set([...named, ...parameters])].filter(word => word.length > 3)
}

/** What the texts say that could not be reached. */
const addressesIn = (clues: readonly Clue[]): ReadonlySet<string> =>
  new Set(
    clues
      .flatMap(({ text }) => recognised(text))
      .flatMap(({ parameters: { destination, address } }) => [destination ?? [], address ?? []].flat()),
  )

const mostLines = 20_000

function givenClues({ texts, logs = [] }: DiagnoseQuestion): readonly Clue[] {
  const lines = logs.flatMap(({ name, text }) =>
    text
      .split('\n')
      .slice(-mostLines)
      .filter(line => line.trim() !== '')
      .map(line => ({ text: line, from: `log ${name}` })),
  )
  return [...texts.map(text => ({ text, from: 'given' })), ...lines.toReversed()]
}
