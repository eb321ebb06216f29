import { daemonObstacle, type Obstacle } from '#joints/scheduling.ts'
import type { Evidence, Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { shippersIn, type Shipper, type ShipperReader } from './shippers.ts'

type Node = Resource<'k8s/Node'>
type CoverageReader = ShipperReader & Reader<'k8s/Node'>

/** A node that none of a cluster's shippers of one signal gets to, and what keeps the one that is asked about off it. */
export interface Uncovered {
  readonly node: Node
  readonly obstacle: Obstacle
}

export interface Coverage {
  readonly covered: readonly Node[]
  readonly uncovered: readonly Uncovered[]
}

/** On Fargate each pod is its own node, and no DaemonSet runs there. https://docs.aws.amazon.com/eks/latest/userguide/fargate.html */
const isFargate = ({ body }: Node): boolean => body.metadata.labels?.['eks.amazonaws.com/compute-type'] === 'fargate'

/** Taints of a node that starts, is not well or is going away: they say nothing of who may run there when it is well. */
const passing =
  /^(?:node\.kubernetes\.io|node\.cloudprovider\.kubernetes\.io|karpenter\.sh|aws-node-termination-handler)\/|agent-not-ready$|^ToBeDeletedByClusterAutoscaler$/

/** The taints that it has when it is well. */
export const lastingTaints = ({ body }: Node) => (body.spec?.taints ?? []).filter(({ key }) => !passing.test(key))

/** The node as it is when it is well; its taints stay where they are. */
function settledNode({ body }: Node): Node['body'] {
  const taints = body.spec?.taints ?? []
  if (!taints.some(({ key }) => passing.test(key))) return body
  return {
    ...body,
    spec: { ...body.spec, taints: taints.map(taint => (passing.test(taint.key) ? { ...taint, effect: 'PreferNoSchedule' } : taint)) },
  }
}

const osOf = ({ body }: Node): string => body.metadata.labels?.['kubernetes.io/os'] ?? 'linux'

/**
 * Which nodes of its system a shipper, or another that sends the same, gets to.
 * @throws Unread when the nodes or the DaemonSets were not all read
 */
export function coverageOf(world: CoverageReader, shipper: Shipper): Coverage {
  const { cluster } = shipper.workload
  const alike = shippersIn(world, cluster).filter(({ signal, os }) => signal === shipper.signal && os === shipper.os)
  const covered: Node[] = []
  const uncovered: Uncovered[] = []
  for (const node of world.list('k8s/Node', { cluster })) {
    if (isFargate(node) || osOf(node) !== shipper.os) continue
    const body = settledNode(node)
    const obstacle = daemonObstacle(shipper.workload.template.spec, body)
    if (obstacle === undefined || alike.some(({ workload }) => daemonObstacle(workload.template.spec, body) === undefined))
      covered.push(node)
    else uncovered.push({ node, obstacle })
  }
  return { covered, uncovered }
}

export function obstacleEvidence({ workload }: Shipper, { node, obstacle }: Uncovered): readonly [Evidence, ...Evidence[]] {
  const name = node.at(['metadata', 'name'], 'nothing of this node is shipped')
  if (obstacle.is === 'taint') return [node.at(obstacle.path, `it ${obstacle.text}`), name]
  return [workload.resource.at([...workload.template.root, 'spec', ...obstacle.path], `it ${obstacle.text}`), name]
}
