import { mortiseOn } from '../irsa/run-scan.ts'
import type { Lab } from '../lab.ts'

interface Told {
  readonly answer: string
  readonly cause?: { readonly joint: string; readonly link: string; readonly check: string }
  readonly followed?: { readonly joint: string; readonly link: string }
}

/** What `mortise diagnose` names first of a live workload, as `irsa/trust irsa/trust-does-not-match`. */
export async function diagnosed(lab: Lab, target: string, namespace: string, args: readonly string[] = []): Promise<string> {
  const ran = await mortiseOn(lab, ['diagnose', target, '-n', namespace, '--format', 'json', ...args])
  if (ran.code === 2 || ran.stdout === '') throw new Error(`mortise diagnose ${target}: exit status ${ran.code}\n${ran.stderr}`)
  const { answer, cause, followed } = JSON.parse(ran.stdout) as Told
  if (cause !== undefined) return `${cause.joint}/${cause.link} ${cause.check}`
  return followed === undefined ? answer : `${answer} ${followed.joint}/${followed.link}`
}
