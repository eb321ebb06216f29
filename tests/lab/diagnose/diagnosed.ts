import type { Diagnosis } from '#findings/diagnosis.ts'
import { diagnose } from '#verbs/diagnose.ts'
import { mortiseOn } from '../irsa/run-scan.ts'
import type { Lab } from '../lab.ts'

interface Told {
  readonly answer: string
  readonly cause?: { readonly joint: string; readonly link: string; readonly check: string }
}

/** What `mortise diagnose` names first of a live workload, as `irsa/trust irsa/trust-does-not-match`. */
export async function diagnosedLive(lab: Lab, target: string, namespace: string, args: readonly string[] = []): Promise<string> {
  const ran = await mortiseOn(lab, ['diagnose', target, '-n', namespace, '--format', 'json', ...args])
  if (ran.code === 2 || ran.stdout === '') throw new Error(`mortise diagnose ${target}: exit status ${ran.code}\n${ran.stderr}`)
  const { answer, cause } = JSON.parse(ran.stdout) as Told
  return cause === undefined ? answer : `${cause.joint}/${cause.link} ${cause.check}`
}

/** Collects the live cluster and account into a bundle, of which many workloads are then diagnosed within this process. */
export async function collected(lab: Lab, file: string, args: readonly string[] = []): Promise<void> {
  const ran = await mortiseOn(lab, ['collect', '--output', file, ...args])
  if (ran.code !== 0) throw new Error(`mortise collect: exit status ${ran.code}\n${ran.stderr}`)
}

/** What a diagnosis of a bundle names first. */
export async function diagnosedIn(bundle: string, target: string, namespace: string, texts: readonly string[] = []): Promise<string> {
  const { diagnosis } = await diagnose({ files: [] }, { target, namespace, texts, bundle })
  return named(diagnosis)
}

/** What a diagnosis of a saved snapshot names first, of texts that were really seen. */
export async function diagnosedFrom(file: string, target: string, namespace: string, texts: readonly string[]): Promise<string> {
  const { diagnosis } = await diagnose({ files: [file] }, { target, namespace, texts })
  return named(diagnosis)
}

const named = ({ answer, cause }: Diagnosis): string =>
  cause === undefined ? answer : `${cause.joint}/${cause.id} ${cause.finding.check.id}`
