import { Unread, type UnreadFact } from '#base/errors.ts'
import { askAccess, type AccessReader } from '#joints/access.ts'
import type { Workload } from '#joints/workloads.ts'
import { compileGlob, globMatches } from '#iam/glob.ts'
import { actionMatches } from '#iam/match.ts'
import { Question } from '#iam/question.ts'
import { NO } from '#iam/truth.ts'
import { allowsOf, resourcePatterns, withoutVariables } from '#joints/access-listing.ts'
import { perWorld } from '#joints/per-world.ts'
import type { Evidence, Resource } from '#model/resource.ts'
import { compare, type Reader } from '#model/world.ts'
import { decidingEvidence, whyUnknown } from '../irsa/pod-role.ts'
import { takenClass } from './classes.ts'
import { providerSession } from './identity.ts'
import { mountsOf } from './mounts.ts'
import type { WantedReader } from './over-wanted.ts'
import { askerOf, type Asker } from './reads.ts'
import { secretOf, wantedOf, type Parameter, type Secret } from './stored.ts'

export interface Readable {
  readonly role: Resource<'aws/iam/Role'>
  readonly mounted: readonly Secret[]
  /** Read by the role, mounted by nothing of the service account. */
  readonly beyond: Reach<Secret>['found']
  /** Why there may be more. */
  readonly unread: UnreadFact | undefined
}

/** What a role reads, of what was read. */
export interface Reach<Stored extends Secret | Parameter = Secret | Parameter> {
  readonly found: readonly { readonly stored: Stored; readonly at: Evidence | undefined }[]
  /** Why there may be more. */
  readonly unread: UnreadFact | undefined
}

/** More are not named, and the engine is not asked about more. */
const mostAsked = 100

/** What the first role of a service account's mounts reads, of the secrets that were read. Undefined: its workloads mount nothing of AWS by a role. */
export function readableSecrets(world: WantedReader, workloads: readonly Workload[]): Readable | undefined {
  const classes = workloads.flatMap(workload => mountsOf(world, workload)).flatMap(mount => takenClass(world, mount) ?? [])
  const asker = classes.map(taken => askerOf(world, providerSession(world, taken))).find(state => state.is !== 'none')
  if (asker === undefined) return undefined
  if (asker.is === 'unknown') throw new Unread(asker.fact)
  const mounted = new Set(
    classes.flatMap(taken =>
      wantedOf(taken).flatMap(wanted => (wanted.object.type === 'secretsmanager' ? (secretOf(world, wanted, asker.home) ?? []) : [])),
    ),
  )
  const [region = ''] = classes[0]?.regions ?? []
  const { found: beyond, unread } = secretsReadBy(world, asker, region, secret => !mounted.has(secret))
  return { role: asker.role, mounted: [...mounted], beyond, unread }
}

/**
 * What a role reads of the secrets that were read, a hundred at most.
 * @param region where there must be a list when it reads none
 * @param counts of which of them is asked
 */
export function secretsReadBy(world: AccessReader, asker: Asker, region: string, counts: (secret: Secret) => boolean): Reach<Secret> {
  const patterns = patternsOf(asker)
  const candidates = [...new Set(patterns.flatMap(pattern => matched(world, pattern)))].filter(counts)
  const { found, unread } = readBy(world, asker, action, candidates)
  // Which others there are only a list tells.
  if (found.length === 0 && patterns.length > 0) world.list('aws/secretsmanager/Secret', { account: asker.home.account, region })
  return { found, unread: asker.caller.identity.unread[0] ?? unread }
}

/** Which of them a role reads by an action, a hundred at most; and why it may read more of them. */
export function readBy<Stored extends Secret | Parameter>(
  world: AccessReader,
  asker: Asker,
  by: string,
  candidates: readonly Stored[],
): Reach<Stored> {
  let unread: UnreadFact | undefined
  const found = candidates.slice(0, mostAsked).flatMap(stored => {
    const answer = askAccess(world, asker.caller, { action: by, resource: stored.id })
    if (answer.decision.answer === 'unknown') unread ??= whyUnknown(answer, asker.role).fact
    return answer.decision.answer === 'allow' ? [{ stored, at: decidingEvidence(answer, `this allows ${by}`) }] : []
  })
  return { found, unread }
}

const action = 'secretsmanager:GetSecretValue'

const sorted = perWorld((world: Reader<'aws/secretsmanager/Secret'>): readonly Secret[] =>
  world.seen('aws/secretsmanager/Secret').toSorted((a, b) => compare(a.id, b.id)),
)

const byPattern = perWorld((_world: object) => new Map<string, readonly Secret[]>())

/** The secrets that a pattern matches, looked for once: many roles have the same. */
function matched(world: Reader<'aws/secretsmanager/Secret'>, pattern: string): readonly Secret[] {
  const known = byPattern(world).get(pattern) ?? beginningLike(world, pattern)
  byPattern(world).set(pattern, known)
  return known
}

/** Those that begin like it stand together. */
function beginningLike(world: Reader<'aws/secretsmanager/Secret'>, pattern: string): readonly Secret[] {
  // What stands before the first wildcard: secrets that may match begin with it.
  const start = pattern.split(/[*?]/, 1)[0] ?? ''
  const glob = compileGlob(pattern)
  const all = sorted(world)
  let low = 0
  let high = all.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (compare(all[middle]?.id ?? '', start) < 0) low = middle + 1
    else high = middle
  }
  const found: Secret[] = []
  for (let at = low; all[at]?.id.startsWith(start) === true; at += 1) {
    const secret = all[at]
    if (secret !== undefined && globMatches(glob, secret.id)) found.push(secret)
  }
  return found
}

/** What the role's own Allow statements about reading secrets name. */
function patternsOf({ caller }: Asker): readonly string[] {
  const question = new Question({
    principal: { kind: 'anonymous' },
    action,
    resource: 'arn:aws:secretsmanager:::secret:a',
    context: {},
    unlistedKeys: 'unknown',
  })
  return allowsOf(caller)
    .filter(({ statement }) => actionMatches(statement, question) !== NO)
    .flatMap(({ statement }) =>
      statement.resource === 'invalid' || statement.resource?.negated === true ? ['*'] : resourcePatterns(statement),
    )
    .map(pattern => withoutVariables(pattern))
}
