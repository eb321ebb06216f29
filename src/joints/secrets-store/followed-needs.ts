import type { Workload } from '#joints/workloads.ts'
import { tried } from '#joints/access-documents.ts'
import { takenClass } from './classes.ts'
import { mountedNeeds, type NeedsReader } from './mounted-needs.ts'
import { mountsOf, type MountReader } from './mounts.ts'
import type { Home } from './stored.ts'

/** Why a need is not asked about elsewhere. */
export const followedHere = 'what its pods need is mounted, and the checks of secrets-store follow it'

/** Actions that the checks of this joint ask about; describing is part of rotating with drivers before 1.6.0. */
const followed: ReadonlySet<string> = new Set([
  'secretsmanager:getsecretvalue',
  'secretsmanager:describesecret',
  'ssm:getparameters',
  'kms:decrypt',
])

/**
 * Tells of something that pods of these workloads need whether it stems from a volume that they mount by the role of their annotation, so that the checks of this
 * joint speak about it: one cause, one finding. Of a class that was not read it says no.
 */
export function isFollowed(
  world: MountReader & NeedsReader,
  workloads: readonly Workload[],
  home: Home,
): (need: { readonly action: string; readonly resource: string }) => boolean {
  const mounts = workloads
    .flatMap(workload => mountsOf(world, workload))
    .filter(mount => {
      const taken = tried(() => takenClass(world, mount))
      return taken.is === 'read' && taken.value?.parsed.usePodIdentity === false
    })
  if (mounts.length === 0) return () => false
  const { needs } = mountedNeeds(world, mounts, home)
  const resources = new Set(needs.flatMap(({ arn, keyArn }) => [plain(arn), ...(keyArn === undefined ? [] : [keyArn])]))
  return ({ action, resource }) => followed.has(action.toLowerCase()) && resources.has(plain(resource))
}

/** Without the six characters that Secrets Manager adds. */
const plain = (arn: string): string => (arn.includes(':secret:') ? arn.replace(/-(?:[A-Za-z0-9]{6}|\?{6})$/, '') : arn)
