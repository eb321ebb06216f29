import { decidingPod } from '#joints/pod-readiness.ts'
import { podsOn } from '#joints/pods-on-node.ts'
import { daemonObstacle, type Obstacle } from '#joints/scheduling.ts'
import { podShape } from '#joints/workloads.ts'
import type { Evidence, Resource, Scope } from '#model/resource.ts'
import type { Fail } from '#model/verdict.ts'
import type { Reader } from '#model/world.ts'
import { isAws, type ClassReader } from './classes.ts'
import { keeperOf, type Installed } from './installed.ts'
import { driverName, mountsSecrets } from './mounts.ts'

type Node = Resource<'k8s/Node'>
type Pod = Resource<'k8s/Pod'>

/** A pod on a node that has a volume of the driver. */
export interface Consumer {
  readonly pod: Pod
  readonly cluster: string
  at(label: string): Evidence
}

const clusterOf = (scope: Scope): string => ('cluster' in scope ? scope.cluster : '')
const isRunning = ({ body: { status, metadata } }: Pod): boolean =>
  status?.phase !== 'Succeeded' && status?.phase !== 'Failed' && metadata.deletionTimestamp === undefined

const runningOn = (world: Reader<'k8s/Pod'>, node: Node): readonly Pod[] => podsOn(world, node).filter(isRunning)

/**
 * A pod on the node that mounts secrets with the driver; undefined when there is none.
 * @throws Unread when none was seen and the pods were not all read
 */
export function consumerOn(world: Reader<'k8s/Pod'>, node: Node): Consumer | undefined {
  const found = runningOn(world, node).find(pod => mountsSecrets(podShape(pod)))
  if (found === undefined) world.list('k8s/Pod', { cluster: clusterOf(node.scope) })
  return found === undefined ? undefined : consumer(found)
}

/** The same of AWS alone. @throws Unread when a class was not read, too */
export function awsConsumerOn(world: Reader<'k8s/Pod'> & ClassReader, node: Node): Consumer | undefined {
  for (const pod of runningOn(world, node)) {
    const classes = (pod.body.spec?.volumes ?? []).flatMap(({ csi }) =>
      csi?.driver === driverName ? (csi.volumeAttributes?.['secretProviderClass'] ?? []) : [],
    )
    for (const name of classes) {
      const found = world.find('k8s/SecretProviderClass', `${pod.body.metadata.namespace}/${name}`, pod.scope)
      if (found !== undefined && isAws(found)) return consumer(pod)
    }
  }
  world.list('k8s/Pod', { cluster: clusterOf(node.scope) })
  return undefined
}

const consumer = (pod: Pod): Consumer => ({ pod, cluster: clusterOf(pod.scope), at: label => pod.at(['spec', 'nodeName'], label) })

/** How long a new node is given until its DaemonSets run and its drivers are registered. */
const startMinutes = 5

/** A node that is younger than that when the world was read. */
export function hasOnlyJoined(world: Reader<'k8s/Node'>, { body }: Node): boolean {
  const made = body.metadata.creationTimestamp
  if (made === undefined || world.readAt === undefined) return false
  return Date.parse(world.readAt) - Date.parse(String(made)) < startMinutes * 60_000
}

/** The pod of a DaemonSet on the node, if one was seen; a ready one goes before others. @throws Unread when none was seen and the pods were not all read */
export function podOf(world: Reader<'k8s/Pod'>, node: Node, installed: readonly Installed[]): Pod | undefined {
  const names = new Set(installed.map(({ daemonSet }) => daemonSet.id))
  const own = runningOn(world, node).filter(({ body: { metadata } }) =>
    (metadata.ownerReferences ?? []).some(({ kind, name }) => kind === 'DaemonSet' && names.has(`${metadata.namespace}/${name}`)),
  )
  if (own.length === 0) world.list('k8s/Pod', { cluster: clusterOf(node.scope) })
  return decidingPod(own)
}

/** What keeps every one of the DaemonSets off the node, and what to do about the first. */
export function whyNotOn(
  installed: readonly Installed[],
  node: Node,
  what: 'driver' | 'provider',
): { readonly evidence: readonly Evidence[]; readonly help: Pick<Fail, 'help'> } {
  const found = installed.flatMap(({ daemonSet }) => {
    const spec = daemonSet.body.spec?.template.spec
    const obstacle = spec === undefined ? undefined : daemonObstacle(spec, node.body)
    return obstacle === undefined ? [] : [{ daemonSet, obstacle }]
  })
  const [first] = found
  if (first === undefined || found.length < installed.length)
    return {
      evidence: installed.map(({ daemonSet }) => daemonSet.at(['metadata', 'name'], `the ${what} is to run here, and does not`)),
      help: {
        help: `Look at kubectl describe of the ${what}'s DaemonSet and of its pod for the node: image pulls, the node's room, admission.`,
      },
    }
  return {
    evidence: found.flatMap(({ daemonSet, obstacle }) => obstacleEvidence(daemonSet, obstacle, node, what)),
    help: remedy(first.daemonSet, first.obstacle, node, what),
  }
}

function obstacleEvidence(
  daemonSet: Resource<'k8s/DaemonSet'>,
  { is, path, text }: Obstacle,
  node: Node,
  what: string,
): readonly Evidence[] {
  if (is !== 'taint') return [daemonSet.at(['spec', 'template', 'spec', ...path], `the ${what} ${text}`)]
  return [node.at(path, `the ${what} ${text}`), daemonSet.at(['metadata', 'name'], 'it tolerates no such taint')]
}

function remedy(daemonSet: Resource<'k8s/DaemonSet'>, { is, path }: Obstacle, node: Node, what: string): Pick<Fail, 'help'> {
  const taint = is === 'taint' ? node.body.spec?.taints?.[Number(path.at(-1))] : undefined
  if (taint === undefined)
    return { help: `Let the DaemonSet ${daemonSet.id} of the ${what} select this node, or keep pods that mount secrets off it.` }
  const keeper = keeperOf(daemonSet)
  const where = keeper === undefined ? `DaemonSet ${daemonSet.id}` : `the values of ${keeper}`
  return {
    help: `Add {key: ${taint.key}, operator: Exists, effect: ${taint.effect}} to the tolerations of the ${what} in ${where}, or tolerate everything: {operator: Exists}.`,
  }
}
