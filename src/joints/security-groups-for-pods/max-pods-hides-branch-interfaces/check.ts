import { defineCheck } from '#joints/define.ts'
import { perWorld } from '#joints/per-world.ts'
import { podShape } from '#joints/workloads.ts'
import type { Resource } from '#model/resource.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import type { Reader } from '#model/world.ts'
import { asksForInterface, clusterOf } from '../branch-interface.ts'
import { allocatablePath, branchInterfacesOf } from '../eligible-nodes.ts'

export default defineCheck({
  id: 'security-groups-for-pods/max-pods-hides-branch-interfaces',
  title: 'A node takes fewer pods than it has branch interfaces beside the pods that it runs',
  severity: 'low',
  since: '0.1.0',
  subject: 'k8s/Node',
  reads: ['k8s/Pod'],
  sources: [
    'https://docs.aws.amazon.com/eks/latest/userguide/security-groups-for-pods.html',
    'https://github.com/aws/amazon-vpc-cni-k8s#enable_pod_eni-v170',
  ],

  test({ subject: node, world }) {
    if (node.body.status?.allocatable === undefined) return skip('the node was read without its allocatable resources')
    const branch = branchInterfacesOf(node)
    if (branch === 0) return skip('the node offers no branch interfaces')
    const cluster = clusterOf(node.scope)
    world.list('k8s/Pod', { cluster })
    const most = Number(node.body.status.allocatable['pods'] ?? Number.POSITIVE_INFINITY)
    const others = plainPods(world).get(`${cluster}\n${node.id}`) ?? []
    const room = Math.max(0, most - others.length)
    if (room >= branch)
      return pass(node.at(allocatablePath, `the node takes ${most === Number.POSITIVE_INFINITY ? 'as many' : room} pods that use these`))
    const [first] = others
    return fail({
      message: `node ${node.body.metadata.name} has ${branch} branch interfaces and takes ${most} pods, of which ${others.length} have none: ${branch - room} can never be used`,
      evidence: [
        node.at(['status', 'allocatable', 'pods'], 'pods with branch interfaces count here too'),
        node.at(allocatablePath, 'branch interfaces of the node'),
        ...(first === undefined ? [] : [first.at(['spec', 'nodeName'], 'this pod is one of the others')]),
      ],
      effect:
        'The node is full of pods before its branch interfaces are taken, so fewer pods with groups of their own fit than the sum over the nodes says.',
      help: 'Raise max-pods of the kubelet with prefix delegation, or keep the node for pods with groups of their own by a taint.',
    })
  },
})

/** The pods of each node that ask for no branch interface, by cluster and node. */
const plainPods = perWorld((world: Reader<'k8s/Pod'>): ReadonlyMap<string, readonly Resource<'k8s/Pod'>[]> =>
  Map.groupBy(
    world.seen('k8s/Pod').filter(pod => {
      const phase = pod.body.status?.phase
      return phase !== 'Succeeded' && phase !== 'Failed' && !asksForInterface(podShape(pod).spec)
    }),
    pod => `${clusterOf(pod.scope)}\n${pod.body.spec?.nodeName ?? ''}`,
  ),
)
