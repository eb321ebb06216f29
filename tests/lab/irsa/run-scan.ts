import irsa from '#joints/irsa/joint.ts'
import { runMortise, type Ran } from '../../e2e/run-mortise.ts'
import type { AwsCredentials, Lab } from '../lab.ts'

/** Permissions have tests of their own. */
const elsewhere: ReadonlySet<string> = new Set(['permissions'])

/** The checks on the links from the service account to the trust. What a role may do, and to whom else it is open, are questions of their own. */
export const chainChecks: readonly string[] = irsa.links
  .filter(({ id }) => !elsewhere.has(id))
  .flatMap(({ checks }) => checks.map(({ id }) => id))

/** Asks them alone. */
export const chainOnly: readonly string[] = chainChecks.flatMap(id => ['--check', id])

/** The parts of `scan --format json` and `explain --format json` that tests here look at. */
export interface ScanReport {
  readonly findings: readonly ReportedFinding[]
  readonly unknowns: readonly ReportedUnknown[]
  readonly chains: readonly ReportedChain[]
  readonly problems: readonly unknown[]
}

export interface ReportedFinding {
  readonly fingerprint: string
  readonly check: { readonly id: string }
  readonly subject: { readonly key: string; readonly text: string }
  readonly message: string
  readonly workloads: readonly string[]
}

export interface ReportedUnknown {
  readonly kind: string
  readonly reason: string
  readonly settle?: { readonly by: string; readonly text: string; readonly action?: string; readonly resource?: string }
  readonly verdicts: readonly { readonly check: string; readonly subject: string }[]
}

export interface ReportedChain {
  readonly subject: string
  readonly state: 'holds' | 'broken' | 'unknown'
  readonly links: readonly { readonly id: string; readonly verdict: string; readonly check?: string }[]
}

export interface Reading {
  readonly kubeconfig?: string
  readonly credentials?: AwsCredentials
  /** In place of the gateway's: a proxy that injects faults. */
  readonly endpoint?: string
}

export interface Scanned {
  readonly ran: Ran
  readonly report: ScanReport
  /** Seconds. */
  readonly took: number
}

/** Runs the command line on the lab as a user does: a kubeconfig, and the account in the environment. */
export async function mortiseOn(lab: Lab, args: readonly string[], reading: Reading = {}): Promise<Ran> {
  const { accessKeyId, secretAccessKey, sessionToken } = reading.credentials ?? lab.adminCredentials
  const live = ['--kubeconfig', reading.kubeconfig ?? lab.kubeconfig, '--region', lab.region]
  return runMortise([...args, ...live], {
    env: {
      AWS_ENDPOINT_URL: reading.endpoint ?? lab.awsEndpoint,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      ...(sessionToken === undefined ? {} : { AWS_SESSION_TOKEN: sessionToken }),
    },
  })
}

/** A live scan. A run that could do its job exits 0 or 1; anything else throws what it said, unless a test awaits it. */
export async function scanLive(
  lab: Lab,
  args: readonly string[],
  reading: Reading = {},
  codes: readonly number[] = done,
): Promise<Scanned> {
  const start = performance.now()
  const ran = await mortiseOn(lab, ['scan', '--format', 'json', ...chainOnly, ...args], reading)
  return { ran, report: reportOf<ScanReport>(ran, codes), took: (performance.now() - start) / 1000 }
}

/** A scan of a saved snapshot: nothing live is asked. */
export async function scanSaved(file: string, args: readonly string[] = []): Promise<ScanReport> {
  return reportOf(await runMortise(['scan', '--from', file, '--format', 'json', ...chainOnly, ...args]))
}

const done = [0, 1]

export function reportOf<Report>(ran: Ran, codes: readonly number[] = done): Report {
  if (!codes.includes(ran.code ?? -1)) throw new Error(`mortise: exit status ${ran.code}\n${ran.stderr}`)
  return JSON.parse(ran.stdout) as Report
}

/** What must be the same live and offline: verdicts, not the places that they point at. */
export const verdictsOf = ({ findings, unknowns, chains, problems }: ScanReport) => ({
  findings: findings.map(({ fingerprint, check, subject, message }) => `${check.id} ${subject.text} ${fingerprint} ${message}`).sort(),
  chains: chains.map(({ subject, state, links }) => ({ subject, state, links: links.map(linkText) })),
  unknowns: unknowns.map(({ kind, reason, settle, verdicts }) => ({ kind, reason, settle, verdicts })),
  problems,
})

const linkText = ({ id, verdict, check }: ReportedChain['links'][number]) => `${id} ${verdict} ${check ?? ''}`

/** Every link with this verdict, as `deploy/api in shop: trust`. */
export const linksOf = ({ chains }: ScanReport, verdict: string): readonly string[] =>
  chains.flatMap(({ subject, links }) => links.filter(link => link.verdict === verdict).map(({ id }) => `${subject}: ${id}`))

/** The findings as `irsa/role-missing sa/etl in shop`, sorted. */
export const findingsOf = ({ findings }: ScanReport): readonly string[] =>
  findings.map(({ check, subject }) => `${check.id} ${subject.text}`).sort()
