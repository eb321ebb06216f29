import type { Workload } from '#joints/workloads.ts'
import { tried } from '#joints/access-documents.ts'
import { takenClass } from './classes.ts'
import { mountedNeeds, type NeedsReader } from './mounted-needs.ts'
import { mountsOf, type MountReader } from './mounts.ts'
import { storeNeeds, storeUses, type StoreNeedsReader } from './store-needs.ts'
import type { Home } from './stored.ts'

/** Why a need is not asked about elsewhere. */
export const followedHere = 'what its pods need is mounted, or read for ExternalSecrets, and the checks of secrets-store follow it'

/** Actions that the checks of this joint ask about; describing is part of rotating with drivers before 1.6.0. */
const followed: ReadonlySet<string> = new Set([
  'secretsmanager:getsecretvalue',
  'secretsmanager:describesecret',
  'ssm:getparameter',
  'ssm:getparameters',
  'kms:decrypt',
])

/**
 * Tells of something that pods of these workloads need whether it stems from a volume that they mount by the role of their annotation, or from ExternalSecrets whose
 * stores ask as their service account, so that the checks of this joint speak about it: one cause, one finding. Of a class or store that was not read it says no.
 */
export function isFollowed(
  world: MountReader & NeedsReader & StoreNeedsReader,
  account: { readonly cluster: string; readonly namespace: string; readonly name: string },
  workloads: readonly Workload[],
  home: Home,
): (need: { readonly action: string; readonly resource: string }) => boolean {
  const mounts = workloads
    .flatMap(workload => mountsOf(world, workload))
    .filter(mount => {
      const taken = tried(() => takenClass(world, mount))
      return taken.is === 'read' && taken.value?.parsed.usePodIdentity === false
    })
  const uses = storeUses(world, account)
  if (mounts.length === 0 && uses.length === 0) return () => false
  const needs = [...mountedNeeds(world, mounts, home).needs, ...storeNeeds(world, uses, home).needs]
  const resources = new Set(needs.flatMap(({ arn, keyArn }) => [plain(arn), ...(keyArn === undefined ? [] : [keyArn])]))
  return ({ action, resource }) => followed.has(action.toLowerCase()) && resources.has(plain(resource))
}

/** Without the six characters that Secrets Manager adds. */
const plain = (arn: string): string => (arn.includes(':secret:') ? arn.replace(/-(?:[A-Za-z0-9]{6}|\?{6})$/, '') : arn)
