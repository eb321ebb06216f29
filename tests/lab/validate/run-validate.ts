import type { ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { root, startMortise, type Ran } from '../../e2e/run-mortise.ts'
import { mortiseOn, reportOf } from '../irsa/run-scan.ts'
import type { Lab } from '../lab.ts'
import { poll } from '../process/poll.ts'
import { probeImage } from './probe-image.ts'

/** The parts of `validate --format json` that tests look at. */
export interface ValidationReport {
  readonly run: string
  readonly interrupted: boolean
  readonly summary: Readonly<Record<State, number>>
  readonly probes: readonly ReportedProbe[]
  readonly untried: readonly { readonly joint: string; readonly subject: string; readonly why: string }[]
}

export interface ReportedProbe {
  readonly joint: string
  readonly subject: string
  readonly state: State
  readonly results: readonly ReportedResult[]
  readonly left: readonly unknown[]
}

export interface ReportedResult {
  readonly id: string
  readonly says: string
  readonly state: State
  readonly predicted: { readonly is: 'yes' | 'no' | 'unknown'; readonly because?: string; readonly link?: string; readonly check?: string }
  readonly observed: { readonly is: 'yes' | 'no' | 'not-observed'; readonly text?: string; readonly why?: string }
}

type State = 'right' | 'broken' | 'differs' | 'not-predicted' | 'not-observed'

const always = ['--probe-image', probeImage, '--yes']

/** Runs the command line on the lab, as a user does. */
export const validateOn = (lab: Lab, args: readonly string[]): Promise<Ran> => mortiseOn(lab, ['validate', ...always, ...args])

const isValid = new Ajv2020().compile<ValidationReport>(
  JSON.parse(readFileSync(join(root, 'docs/schemas/validation.schema.json'), 'utf8')) as object,
)

/** Its JSON, which must be as the schema says. */
export async function validated(lab: Lab, args: readonly string[]): Promise<ValidationReport> {
  const report = reportOf<unknown>(await validateOn(lab, [...args, '--format', 'json']))
  if (!isValid(report)) throw new Error(`not as the schema says: ${JSON.stringify(isValid.errors)}`)
  return report
}

/** `identity right`, `permitted right`, …, of the only probe about a subject at a joint. */
export function statesOf({ probes }: ValidationReport, joint: string, subject: string): Readonly<Record<string, State>> {
  const found = probes.filter(probe => probe.joint === joint && probe.subject === subject)
  if (found.length !== 1) throw new Error(`${found.length} probes of ${joint} about ${subject}`)
  return Object.fromEntries((found[0]?.results ?? []).map(({ id, state }) => [id, state]))
}

/** Everything in the cluster that carries the label of probes, pods included. */
export async function remains(lab: Lab): Promise<string> {
  const kinds = (await lab.kubectl('api-resources', '--api-group', 'secrets-store.csi.x-k8s.io', '-o', 'name')).includes(
    'secretproviderclasses.',
  )
    ? 'jobs,pods,services,secretproviderclasses'
    : 'jobs,pods,services'
  return (await lab.kubectl('get', kinds, '-A', '-l', 'mortise/probe', '-o', 'name')).trim()
}

/** Starts it and gives the process, once pods of it are there. */
export async function startedValidate(
  lab: Lab,
  args: readonly string[],
): Promise<{ readonly child: ChildProcess; readonly over: Promise<number | null> }> {
  const { accessKeyId, secretAccessKey } = lab.adminCredentials
  const child = startMortise(['validate', ...always, ...args, '--kubeconfig', lab.kubeconfig, '--region', lab.region], {
    env: { AWS_ENDPOINT_URL: lab.awsEndpoint, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey },
  })
  child.stdout.resume()
  child.stderr.resume()
  const over = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  await poll(async () => ((await remains(lab)).includes('pod/') ? true : undefined), {
    what: 'a pod of the probe',
    timeoutMilliseconds: 60_000,
    everyMilliseconds: 100,
  })
  return { child, over }
}
