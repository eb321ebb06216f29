import { askedChains, flowsWith } from '#findings/asked-chains.ts'
import { chooseCause } from '#findings/choose-cause.ts'
import type { Diagnosis } from '#findings/diagnosis.ts'
import { joints, kindsToRead } from '#joints/all.ts'
import { clueKinds, cluesOf, type Clue } from '#joints/clues.ts'
import { subjectText } from '#joints/define.ts'
import { recognised } from '#joints/symptoms.ts'
import { workloadsOf, type Workload } from '#joints/workloads.ts'
import type { Kind } from '#model/kinds.ts'
import type { World } from '#model/world.ts'
import { readWorld, type ReadResult, type WorldInput } from './read-world.ts'
import { subjectTextNamed } from './subject-named.ts'

export interface DiagnoseQuestion {
  /** `pod/reader-7d4`, `deploy/reader`, `sa/reader`. Without one only the texts are told. */
  readonly target?: string
  readonly namespace?: string | undefined
  /** Texts that a person gives: each is followed. */
  readonly texts: readonly string[]
  /** Texts of log files that a person gives, line by line. */
  readonly logs?: readonly { readonly name: string; readonly text: string }[]
}

export interface DiagnoseResult extends Partial<ReadResult> {
  readonly diagnosis: Diagnosis
}

/** All that a diagnosis may read. */
export const kindsToDiagnose: readonly Kind[] = [...new Set<Kind>([...kindsToRead(joints), ...clueKinds])].sort()

/**
 * From a symptom to the one broken link.
 * @param input what to read; undefined when only texts are asked about
 * @throws UserError `NO_SUCH_WORKLOAD` and `AMBIGUOUS_WORKLOAD`
 */
export async function diagnose(input: WorldInput | undefined, question: DiagnoseQuestion): Promise<DiagnoseResult> {
  const given = givenClues(question)
  if (input === undefined || question.target === undefined) return { diagnosis: chooseCause({ given, clues: [], chains: [] }) }
  const read = await readWorld({ ...input, preferWhole: true }, kindsToDiagnose)
  return { ...read, diagnosis: diagnoseWorld(read.world, question.target, question.namespace, given, []) }
}

/**
 * The same in a world that was read.
 * @param logs lines of containers of the workload
 */
export function diagnoseWorld(
  world: World,
  target: string,
  namespace: string | undefined,
  given: readonly Clue[],
  logs: readonly Clue[],
): Diagnosis {
  const subject = subjectTextNamed(world, target, namespace)
  const workloads = workloadsNamed(world, subject)
  const clues = [...workloads.flatMap(workload => cluesOf(world, workload)), ...logs]
  const texts = new Set([subject, ...workloads.map(subjectText)])
  const addresses = addressesIn([...given, ...clues])
  const isSubject = (text: string) => texts.has(text)
  const chains = [
    ...askedChains(joints, world, isSubject),
    ...workloads.flatMap(each => flowsWith(joints, world, subjectText(each), addresses)),
  ]
  return chooseCause({ subject, given, clues, chains })
}

/** What the texts say that could not be reached. */
const addressesIn = (clues: readonly Clue[]): ReadonlySet<string> =>
  new Set(
    clues
      .flatMap(({ text }) => recognised(text))
      .flatMap(({ parameters: { destination, address } }) => [destination ?? [], address ?? []].flat()),
  )

/** The workload of that name; of a service account those that run as it. */
const workloadsNamed = (world: World, subject: string): readonly Workload[] =>
  workloadsOf(world).filter(
    workload => subjectText(workload) === subject || subject === `sa/${workload.serviceAccountName} in ${workload.namespace}`,
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
