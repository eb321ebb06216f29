import { UserError, type UnreadFact } from '#base/errors.ts'
import { parseArn } from '#iam/arn.ts'
import { compilePolicy } from '#iam/compile.ts'
import { isRecord, type Statement } from '#iam/document.ts'
import { actionCatalogue, type ActionCatalogue } from '#iam/known-actions.ts'
import { lintPolicy } from '#iam/lint.ts'
import { principalAccount } from '#iam/question.ts'
import { baselineOf, type Baseline } from '#joints/baselines.ts'
import type { Caller } from '#joints/access-caller.ts'
import { tried } from '#joints/access-documents.ts'
import { declaredKinds, mountedSecrets, volumeKeys, type Place } from '#joints/access-declared.ts'
import { readThroughStores } from '#joints/access-declared-stores.ts'
import { actionPatterns, allowsOf } from '#joints/access-listing.ts'
import { minimalDocument, proveMinimal, usedStatements, type Needed, type UsedService } from '#joints/access-minimal.ts'
import { subjectNamed, type AccessSubject } from '#joints/access-subject.ts'
import type { Kind } from '#model/kinds.ts'
import type { World } from '#model/world.ts'
import type { MinimalReport } from '#report/minimal-access.ts'
import { publishedPolicies } from '#sources/published-policies.ts'
import { assertServiceAccount, kindsForListing, wantedForListing } from './access.ts'
import { readWorld, type ReadResult, type WorldInput } from './read-world.ts'

export interface MinimalResult extends ReadResult {
  readonly report: MinimalReport
}

/**
 * The smallest policy for a service account: what the controller behind it needs, and of what it has what was used. Proved by the engine and by lint.
 * @throws UserError when it is no service account, has no role, or nothing says what it needs
 */
export async function minimalAccess(input: WorldInput, principal: string, namespace: string | undefined): Promise<MinimalResult> {
  assertServiceAccount(principal)
  const kinds = [...new Set<Kind>([...kindsForListing(principal), ...declaredKinds])]
  const read = await readWorld({ ...input, wanted: wantedForListing(principal) }, kinds)
  const subject = subjectNamed(read.world, principal, namespace)
  const caller = callerOf(subject)
  const [, name = '', place = ''] = /^sa\/(.+) in (.+)$/.exec(subject.text) ?? []
  const baseline = baselineOf(place, name)
  const where = workplaceOf(read.world, caller, place, name)
  const mounted = mountedSecrets(read.world, where)
  const keys = baseline?.id === 'ebs-csi' ? volumeKeys(read.world, where) : { needed: [], unread: [] }
  const stores = readThroughStores(read.world, where)
  // What its stores take stands in for what the page allows: every secret there is.
  const isTold = baseline?.id === 'external-secrets' && stores.needed.length > 0
  const ofBaseline = baseline === undefined || isTold ? [] : await baselineNeeds(baseline, where, read.world)
  const declared = [...ofBaseline, ...keys.needed, ...mounted.needed, ...stores.needed]
  const { used, unread } = usedServices(read.world, caller)
  const covered = servicesIn(declared.map(({ statement }) => statement))
  const catalogue = await actionCatalogue([...covered, ...used.map(({ service }) => service), ...ownServices(caller)])
  const needed = [
    ...declared,
    ...usedStatements(
      caller,
      used.filter(({ service }) => !covered.has(service)),
      catalogue,
    ),
  ]
  if (needed.length === 0) throw nothingSaid(subject.text, unread)
  const notRead = [...(unread === undefined ? [] : [unread]), ...keys.unread, ...mounted.unread, ...stores.unread]
  return { ...read, report: await reportOf({ subject, caller, baseline, needed, catalogue, unread: notRead }) }
}

function workplaceOf(world: World, caller: Caller, namespace: string, serviceAccount: string): Place {
  const partition = caller.arn?.split(':')[1] ?? 'aws'
  return {
    cluster: clusterOf(world, namespace, serviceAccount),
    namespace,
    serviceAccount,
    partition,
    account: principalAccount(caller.principal) ?? '*',
  }
}

function callerOf(subject: AccessSubject): Caller {
  const callers = subject.mechanisms.flatMap(({ by, session }) =>
    by !== 'node' && session.is !== 'refused' && session.caller !== undefined ? [session.caller] : [],
  )
  const [first] = callers
  if (first !== undefined) return first
  const refused = subject.mechanisms.flatMap(({ session }) => (session.is === 'refused' ? [session.reason] : []))[0]
  throw new UserError('NO_ROLE', `${subject.text} has no AWS role of its own${refused === undefined ? '' : `: ${refused}`}`, {
    help: 'mortise can says what stands in the way',
  })
}

function nothingSaid(subject: string, unread: UnreadFact | undefined): UserError {
  const why = unread === undefined ? 'none of its services was used' : 'when its services were last used was not read'
  return new UserError('NOTHING_DECLARED', `nothing says what ${subject} needs: it is no controller that is known, and ${why}`, {
    help:
      unread === undefined
        ? 'its role may need no policy at all'
        : 'read the live account with a profile that may call iam:GenerateServiceLastAccessedDetails',
  })
}

const clusterOf = (world: World, namespace: string, name: string): string => {
  const account = world.seen('k8s/ServiceAccount').find(({ body }) => body.metadata.namespace === namespace && body.metadata.name === name)
  return account !== undefined && 'cluster' in account.scope ? account.scope.cluster : ''
}

async function baselineNeeds(baseline: Baseline, { partition, cluster, account }: Place, world: World): Promise<readonly Needed[]> {
  const known = world.seen('aws/eks/Cluster').find(({ body }) => body.name === cluster)
  const region = parseArn(known?.id ?? '')?.region ?? '*'
  const arns = baseline.managed.map(name => `arn:aws:iam::aws:policy/${name}`)
  const published = await publishedPolicies(arns)
  const managed = published.flatMap(resource => {
    const { PolicyVersionList = [], PolicyName } = resource.body as {
      PolicyVersionList?: readonly { Document?: unknown }[]
      PolicyName?: string
    }
    return statementsOf(PolicyVersionList[0]?.Document).map(statement => ({
      statement: inPartition(statement, partition),
      reason: `${baseline.title} needs ${PolicyName ?? ''}`,
    }))
  })
  return [
    ...managed,
    ...baseline
      .statements({ partition, cluster, region, account })
      .map(({ statement, reason }) => ({ statement, reason: `${baseline.title}: ${reason}` })),
  ]
}

function statementsOf(document: unknown): readonly Statement[] {
  if (!isRecord(document)) return []
  const list = document['Statement']
  const statements = (Array.isArray(list) ? list : [list]) as readonly Statement[]
  return statements.map(({ Sid: _, ...statement }) => statement)
}

const inPartition = (statement: Statement, partition: string): Statement =>
  partition === 'aws' ? statement : (JSON.parse(JSON.stringify(statement).replaceAll('"arn:aws:', `"arn:${partition}:`)) as Statement)

interface Used {
  readonly used: readonly UsedService[]
  readonly unread: UnreadFact | undefined
}

function usedServices(world: World, { arn }: Caller): Used {
  const found = tried(() => (arn === undefined ? undefined : world.find('aws/iam/ServiceLastAccessed', arn)))
  if (found.is === 'unread') return { used: [], unread: found.fact }
  if (found.value === undefined)
    return { used: [], unread: { kind: 'aws/iam/ServiceLastAccessed', reason: 'IAM made no report of the role' } }
  const used = (found.value.body.ServicesLastAccessed ?? []).flatMap(
    ({ ServiceNamespace, LastAuthenticated, TrackedActionsLastAccessed = [] }) => {
      if (ServiceNamespace === undefined || LastAuthenticated === undefined) return []
      const unused = TrackedActionsLastAccessed.filter(({ LastAccessedTime }) => LastAccessedTime === undefined).map(
        ({ ActionName = '' }) => `${ServiceNamespace}:${ActionName}`.toLowerCase(),
      )
      return [{ service: ServiceNamespace, at: String(LastAuthenticated), unused: new Set(unused) }]
    },
  )
  return { used, unread: undefined }
}

const servicesIn = (statements: readonly Statement[]): ReadonlySet<string> =>
  new Set(
    statements
      .flatMap(({ Action = [] }) => (typeof Action === 'string' ? [Action] : Action))
      .map(action => action.slice(0, action.indexOf(':')).toLowerCase()),
  )

const ownServices = (caller: Caller): readonly string[] =>
  allowsOf(caller).flatMap(({ statement }) =>
    actionPatterns(statement).flatMap(pattern => (pattern.includes(':') ? [pattern.slice(0, pattern.indexOf(':')).toLowerCase()] : [])),
  )

interface Made {
  readonly subject: AccessSubject
  readonly caller: Caller
  readonly baseline: Baseline | undefined
  readonly needed: readonly Needed[]
  readonly catalogue: ActionCatalogue
  readonly unread: readonly UnreadFact[]
}

async function reportOf({ subject, caller, baseline, needed, catalogue, unread }: Made): Promise<MinimalReport> {
  const document = minimalDocument(needed)
  const proof = proveMinimal(caller, needed, catalogue)
  const lint = await lintPolicy(compilePolicy(document, 'identity'))
  return {
    subject: subject.text,
    caller: caller.text,
    document,
    reasons: needed.map(({ reason }) => reason),
    faults: proof.faults,
    lint: lint.map(({ message }) => message),
    decisions: proof.decisions,
    adds: proof.adds,
    removes: proof.removes,
    size: JSON.stringify(document).length,
    ...(baseline === undefined
      ? {}
      : {
          baseline: {
            title: baseline.title,
            source: baseline.source,
            ...(baseline.narrow === undefined ? {} : { narrow: baseline.narrow }),
          },
        }),
    unread: [...unread, ...caller.identity.unread],
  }
}
