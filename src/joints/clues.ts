import { Unread } from '#base/errors.ts'
import type { Path } from '#model/place.ts'
import type { Evidence, Resource } from '#model/resource.ts'
import type { Kind, Kinds } from '#model/kinds.ts'
import type { World } from '#model/world.ts'
import { healthClues, healthKinds } from './health-clues.ts'
import { seenReadiness } from './pod-readiness.ts'
import { eventsOf, type Event } from './seen-events.ts'
import { recognised } from './symptoms.ts'
import type { Workload } from './workloads.ts'

/** A text in which something about a workload may show itself. */
export interface Clue {
  readonly text: string
  /** `event FailedMount`, `status of container app`, `log of container app`, `health of add-on aws-ebs-csi-driver`, `coverage by GuardDuty`, `given`. */
  readonly from: string
  /** Where it stands, when it is part of the world. */
  readonly evidence?: Evidence
  /** When it was last said, ISO 8601. */
  readonly at?: string
  /** What it speaks of has come right since: the pod became ready, the claim was bound. */
  readonly past?: true
}

/** Kinds besides those of workloads that clues stand in. */
export const clueKinds = [
  ...healthKinds,
  'k8s/Event',
  'k8s/Node',
  'k8s/PersistentVolumeClaim',
  'k8s/VolumeAttachment',
] as const satisfies readonly Kind[]

type Pod = Resource<'k8s/Pod'>
type Owner = Workload['resource']

/** Events of these reasons tell of a fault although they are not warnings. */
const tellingReasons: ReadonlySet<string> = new Set(['ExternalProvisioning', 'NodeTrunkFailedInit'])

/** What statuses and events say of a workload, of its pods, claims and nodes, and services of what it is part of. What was not read says nothing: absence proves nothing here. */
export function cluesOf(world: World, workload: Workload): readonly Clue[] {
  const pods = workload.seenPods
  const claims = claimsOf(world, workload)
  const nodes = new Map(pods.flatMap(pod => nodeOf(world, workload, pod) ?? []).map(node => [node.id, node]))
  return onceEach([
    ...pods.flatMap(pod => [...eventClues(world, pod, readySince(pod)), ...statusClues(pod)]),
    ...ownersOf(world, workload).flatMap(owner => eventClues(world, owner)),
    ...claims.flatMap(claim => eventClues(world, claim, claim.body.status?.phase === 'Bound' ? 'always' : undefined)),
    ...claims.flatMap(claim => attachmentClues(world, claim)),
    // A node speaks of much that is nothing to its pods, and a service of all that it brought: what nobody knows to concern them is no symptom of theirs.
    ...[...[...nodes.values()].flatMap(node => eventClues(world, node)), ...healthClues(world, workload)].filter(
      ({ text }) => recognised(text).length > 0,
    ),
  ])
}

/** The latest of the same text from the same kind of place speaks for all; what still stands goes before what is past. */
function onceEach(clues: readonly Clue[]): readonly Clue[] {
  const sorted = [...clues].sort((a, b) => Number(a.past ?? false) - Number(b.past ?? false) || compareTimes(b.at, a.at))
  return [...new Map(sorted.toReversed().map(clue => [`${clue.from}\n${clue.text}`, clue])).values()].toReversed()
}

const compareTimes = (a = '', b = ''): number => (a < b ? -1 : a > b ? 1 : 0)

/** The workload itself, and the ReplicaSets and Jobs between it and its pods: what makes no pod says so there. */
function ownersOf(world: World, { resource, cluster, namespace }: Workload): readonly Owner[] {
  const uid = resource.body.metadata.uid
  const between = (['k8s/ReplicaSet', 'k8s/Job'] as const).flatMap(kind =>
    (world.seen(kind) as readonly Owner[]).filter(
      ({ scope, body }) =>
        'cluster' in scope &&
        scope.cluster === cluster &&
        body.metadata.namespace === namespace &&
        (body.metadata.ownerReferences ?? []).some(owner => owner.uid === uid && uid !== undefined),
    ),
  )
  return [...(resource.kind === 'k8s/Pod' ? [] : [resource]), ...between]
}

function claimsOf(
  world: World,
  { cluster, namespace, template, seenPods, resource }: Workload,
): readonly Resource<'k8s/PersistentVolumeClaim'>[] {
  const specs = [template.spec, ...seenPods.map(pod => pod.body.spec)]
  const named = specs.flatMap(spec => (spec?.volumes ?? []).flatMap(volume => volume.persistentVolumeClaim?.claimName ?? []))
  const templates =
    resource.kind === 'k8s/StatefulSet' ? ((resource.body as Kinds['k8s/StatefulSet']).spec?.volumeClaimTemplates ?? []) : []
  const prefixes = templates.map(({ metadata }) => `${metadata?.name ?? ''}-${resource.body.metadata.name}-`)
  return world.seen('k8s/PersistentVolumeClaim').filter(({ scope, body: { metadata } }) => {
    if (!('cluster' in scope) || scope.cluster !== cluster || metadata.namespace !== namespace) return false
    return (
      named.includes(metadata.name) ||
      prefixes.some(prefix => metadata.name.startsWith(prefix) && /^\d+$/.test(metadata.name.slice(prefix.length)))
    )
  })
}

function nodeOf(world: World, { cluster }: Workload, pod: Pod): Resource<'k8s/Node'> | undefined {
  const name = pod.body.spec?.nodeName
  if (name === undefined) return undefined
  try {
    return world.find('k8s/Node', name, { cluster })
  } catch (error) {
    if (!(error instanceof Unread)) throw error
    return undefined
  }
}

/** Since when every container of the pod is ready. */
function readySince(pod: Pod): string | undefined {
  const seen = seenReadiness(pod)
  return seen?.isReady === true ? timeText(seen.since) : undefined
}

/** Clients parse times, files and servers give texts. */
const timeText = (time: unknown): string | undefined =>
  typeof time === 'string' ? time : time instanceof Date ? time.toISOString() : undefined

const timeOf = ({ body }: Event): string | undefined =>
  timeText(body.lastTimestamp) ?? timeText(body.series?.lastObservedTime) ?? timeText(body.eventTime) ?? timeText(body.firstTimestamp)

/** @param rightSince since when what events speak of has been well; `always` where it now is, whenever it came */
function eventClues(world: World, about: Parameters<typeof eventsOf>[1], rightSince?: string): readonly Clue[] {
  return eventsOf(world, about).flatMap(event => {
    const { type, reason = '', message } = event.body
    if (message === undefined || message === '' || (type === 'Normal' && !tellingReasons.has(reason))) return []
    const at = timeOf(event)
    const isPast = rightSince === 'always' || (rightSince !== undefined && at !== undefined && at <= rightSince)
    return [{ text: message, from: `event ${reason}`, evidence: event.at(['message'], ''), ...timed(at), ...past(isPast) }]
  })
}

const timed = (at: string | undefined) => (at === undefined ? {} : { at })
const past = (isPast: boolean) => (isPast ? ({ past: true } as const) : {})

/** What the kubelet and the scheduler wrote into the status: why a container waits, how its last run ended, what keeps the pod from a node. */
function statusClues(pod: Pod): readonly Clue[] {
  const { status } = pod.body
  const isReady = readySince(pod) !== undefined
  const clue = (path: Path, text: string | undefined, from: string): readonly Clue[] =>
    text === undefined || text === '' ? [] : [{ text, from, evidence: pod.at(path, ''), ...past(isReady) }]
  const ofContainers = (['initContainerStatuses', 'containerStatuses'] as const).flatMap(list =>
    (status?.[list] ?? []).flatMap(({ name, state, lastState }, index) => [
      ...clue(['status', list, index, 'state', 'waiting', 'message'], state?.waiting?.message, `status of container ${name}`),
      ...clue(['status', list, index, 'state', 'terminated', 'message'], state?.terminated?.message, `end of container ${name}`),
      ...clue(['status', list, index, 'lastState', 'terminated', 'message'], lastState?.terminated?.message, `end of container ${name}`),
    ]),
  )
  const ofConditions = (status?.conditions ?? []).flatMap(({ type, status: holds, message }, index) =>
    holds === 'False' ? clue(['status', 'conditions', index, 'message'], message, `condition ${type}`) : [],
  )
  return [...ofContainers, ...ofConditions, ...clue(['status', 'message'], status?.message, 'status of the pod')]
}

/** Why the volume of a claim is not attached. */
function attachmentClues(world: World, { scope, body }: Resource<'k8s/PersistentVolumeClaim'>): readonly Clue[] {
  const volume = body.spec?.volumeName
  if (volume === undefined || !('cluster' in scope)) return []
  const own = world
    .seen('k8s/VolumeAttachment')
    .filter(
      each => 'cluster' in each.scope && each.scope.cluster === scope.cluster && each.body.spec.source.persistentVolumeName === volume,
    )
  return own.flatMap(attachment => {
    const { message, time } = attachment.body.status?.attachError ?? {}
    if (message === undefined) return []
    return [
      {
        text: message,
        from: 'status of the attachment',
        evidence: attachment.at(['status', 'attachError', 'message'], ''),
        ...timed(timeText(time)),
      },
    ]
  })
}
