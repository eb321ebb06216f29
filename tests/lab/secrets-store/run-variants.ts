import { readFile, writeFile } from 'node:fs/promises'
import irsa from '#joints/irsa/joint.ts'
import secretsStore from '#joints/secrets-store/joint.ts'
import { report } from '#report/formats.ts'
import { scan } from '#verbs/scan.ts'
import { chainChecks, mortiseOn, reportOf, type ReportedChain, type ScanReport } from '../irsa/run-scan.ts'
import type { Lab } from '../lab.ts'
import type { Break, Variant } from './variants.ts'

/** The lab has no network of EC2 but a VPC and the instance of its node. */
const asked: readonly string[] = [
  ...secretsStore.links.filter(({ id }) => id !== 'network').flatMap(({ checks }) => checks.map(({ id }) => id)),
  ...chainChecks,
]
const only = asked.flatMap(id => ['--check', id])

export type JointChain = ReportedChain & { readonly joint: string }
export type Report = Omit<ScanReport, 'chains'> & { readonly chains: readonly JointChain[] }

/** What is there now, saved in a file too. Of every namespace: driver and provider are in another one. */
export const scanAndSave = async (lab: Lab, file: string): Promise<Report> =>
  reportOf<Report>(await mortiseOn(lab, ['scan', '--format', 'json', ...only, '--save', file]))

/** What the file says, asked within this process. */
export async function scanFile(file: string): Promise<Report> {
  const { outcome } = await scan({ files: [file], namespaces: [] }, { checks: asked })
  const parts = report('json', outcome, { color: false, width: 80, quiet: false, verbose: false, version: '0' })
  return JSON.parse([...parts].join('')) as Report
}

const readAt = /^readAt: '([^']+)'$/m

/** When the world in the file was read: milliseconds since 1970. */
export async function readTime(file: string): Promise<number> {
  const [, at] = readAt.exec(await readFile(file, 'utf8')) ?? []
  if (at === undefined) throw new Error(`${file} does not say when it was read`)
  return Date.parse(at)
}

/** The same world as it would be read ten minutes later, if nothing changed until then. */
export async function tenMinutesLater(file: string, target: string): Promise<void> {
  const later = new Date((await readTime(file)) + 600_000).toISOString()
  await writeFile(target, (await readFile(file, 'utf8')).replace(readAt, `readAt: '${later}'`))
}

/** What a report says of a variant, in the form in which the variant says it. */
export function toldOf({ chains }: Pick<Report, 'chains'>, namespace: string, { name }: Pick<Variant, 'name'>) {
  const own = (joint: string) => chains.find(chain => chain.joint === joint && chain.subject === `deploy/${name} in ${namespace}`)
  const secrets = own(secretsStore.id)
  const other = own(irsa.id)
  return { state: secrets?.state, breaks: breakOf(secrets), unknownAt: firstUnknown(secrets), irsa: breakOf(other) }
}

function breakOf(chain: JointChain | undefined): Break | undefined {
  const link = chain?.links.find(({ verdict }) => verdict === 'fail')
  return link === undefined ? undefined : { link: link.id, check: link.check ?? '' }
}

const firstUnknown = (chain: JointChain | undefined): string | undefined => chain?.links.find(({ verdict }) => verdict === 'unknown')?.id

/** What is to be told of it. */
export const expectedOf = ({ breaks, unknownAt, elsewhere }: Variant) => ({
  state: breaks === undefined ? (unknownAt === undefined ? 'holds' : 'unknown') : 'broken',
  breaks,
  unknownAt,
  irsa: elsewhere === undefined ? undefined : { link: elsewhere.link, check: elsewhere.check },
})
