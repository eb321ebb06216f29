import type { MechanismReader } from '#joints/access-mechanism.ts'
import type { Workload } from '#joints/workloads.ts'
import type { Evidence } from '#model/resource.ts'
import { skip, unknown, type Verdict } from '#model/verdict.ts'
import { accessKinds } from '#joints/access.ts'
import { mechanismKinds } from '#joints/access-mechanism.ts'
import { workloadKinds } from '#joints/workloads.ts'
import { overClasses } from './class-uses.ts'
import { objectEvidence, type ParsedReader, type TakenClass } from './classes.ts'
import { providerSession } from './identity.ts'
import type { MountReader } from './mounts.ts'
import { askerOf, type Asker, type ReadsReader } from './reads.ts'
import { settled } from './settled.ts'
import { homeOf, wantedOf, type Home, type Wanted } from './stored.ts'

/** What it takes to know what is asked of AWS, by whom. */
export const storedKinds = [
  ...new Set([
    ...workloadKinds,
    ...accessKinds,
    ...mechanismKinds,
    'k8s/DaemonSet',
    'k8s/SecretProviderClass',
    'aws/ssm/Parameter',
  ] as const),
]

export type WantedReader = MountReader & ParsedReader & ReadsReader

/** Asks about every object of every class that the workload mounts, in each region. Names without an ARN are of the role's account. */
export const overWanted = (
  world: WantedReader,
  workload: Workload,
  ask: (wanted: Wanted, home: Home, taken: TakenClass) => Verdict,
): Verdict =>
  overClasses(world, workload, taken => {
    const home = homeFor(world, taken)
    if (home === undefined) return skip('the provider has no role to ask by: secrets-store/identity-missing says so')
    return settled(wantedOf(taken), wanted => ask(wanted, home, taken), 'the class names no objects')
  })

function homeFor(world: MechanismReader, taken: TakenClass): Home | undefined {
  const mechanism = providerSession(world, taken)
  return mechanism?.roleArn === undefined ? undefined : homeOf(mechanism.roleArn)
}

/** Asks about every class whose asker is known; why there is none is skipped, and what nobody could tell is unknown. */
export const overAskers = (world: WantedReader, workload: Workload, ask: (taken: TakenClass, asker: Asker) => Verdict): Verdict =>
  overClasses(world, workload, taken => {
    const asker = askerOf(world, providerSession(world, taken))
    if (asker.is === 'none') return skip(asker.why)
    if (asker.is === 'unknown') return unknown(asker.fact)
    return ask(taken, asker)
  })

/** Where the class names the object: that of the failover region in its own entry. */
export function wantedEvidence({ secretProviderClass, mount }: TakenClass, { object, isFailover }: Wanted, label: string): Evidence {
  const inner = [...object.inner, ...(isFailover && object.failover !== undefined ? ['failoverObject'] : []), 'objectName']
  if (mount.attributes['objects'] !== undefined) return secretProviderClass.at(['metadata', 'name'], label)
  return objectEvidence(secretProviderClass, inner, label)
}

/** `secret shop/db`, `parameter /shop/rates`. */
export const wantedText = ({ object, name }: Wanted): string => `${object.type === 'secretsmanager' ? 'secret' : 'parameter'} ${name}`
