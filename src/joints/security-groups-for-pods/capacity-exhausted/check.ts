import { defineCheck } from '#joints/define.ts'
import type { Workload } from '#joints/workloads.ts'
import { fail, pass, skip, type Verdict } from '#model/verdict.ts'
import { asksForInterface } from '../branch-interface.ts'
import { desiredPods, freeOn, missingPods, waitingFor, type CapacityReader } from '../capacity.ts'
import { allocatablePath, branchInterfacesOf, eligibleNodes, namesOf, type Node } from '../eligible-nodes.ts'
import { runsOnFargate } from '../fargate.ts'
import { selectedBy, workloadGroupKinds } from '../workload-groups.ts'

export default defineCheck({
  id: 'security-groups-for-pods/capacity-exhausted',
  title: 'More pods want a branch interface than the nodes they may run on have left',
  severity: 'high',
  since: '0.1.0',
  subject: 'workload',
  reads: [...workloadGroupKinds, 'k8s/Node'],
  sources: [
    'https://docs.aws.amazon.com/eks/latest/userguide/security-groups-for-pods.html',
    'https://github.com/aws/amazon-vpc-resource-controller-k8s/blob/master/pkg/provider/branch/cooldown/cooldown.go',
  ],

  test({ subject: workload, world }) {
    const selected = selectedBy(world, workload)
    if (selected === undefined) return skip('no policy selects the workload')
    if (runsOnFargate(workload)) return skip('its pods run on Fargate')
    const nodes = eligibleNodes(world, workload)
    const offering = nodes.filter(node => branchInterfacesOf(node) > 0)
    if (offering.length === 0) return skip('no node that fits offers branch interfaces: other checks speak of it')
    if (workload.resource.kind === 'k8s/DaemonSet') return perNode(world, workload, offering)
    workload.pods()
    const missing = missingPods(workload)
    const free = offering.reduce((sum, node) => sum + freeOn(world, node), 0)
    if (missing === 0)
      return pass(...offering.slice(0, 3).map(node => node.at(allocatablePath, `every pod has a node; ${freeOn(world, node)} left here`)))
    const others = waitingFor(world, workload).filter(item => item.workload.resource !== workload.resource)
    const wanted = others.reduce((sum, item) => sum + item.missing, missing)
    if (wanted <= free) return pass(...offering.slice(0, 3).map(node => node.at(allocatablePath, `${freeOn(world, node)} left here`)))
    const path = desiredPods(workload)?.path ?? ['metadata', 'name']
    return fail({
      message: `${workload.name} waits for ${missing} branch interface${missing === 1 ? '' : 's'}${others.length === 0 ? '' : `, with others for ${wanted}`}, and the nodes that it may run on have ${free} left`,
      evidence: [
        workload.resource.at(path, `${missing} of these have no node yet`),
        ...others
          .slice(0, 3)
          .map(item =>
            item.workload.resource.at(
              desiredPods(item.workload)?.path ?? ['metadata', 'name'],
              `${item.missing} of these wait for the same nodes`,
            ),
          ),
        ...offering.slice(0, 3).map(node => node.at(allocatablePath, `${freeOn(world, node)} of these are left`)),
      ],
      effect: 'Pods stay Pending (Insufficient vpc.amazonaws.com/pod-eni) until a node is added or another pod goes.',
      help: `Add nodes, or of a larger type, beside ${namesOf(offering)}; or run what needs no groups of its own without them.`,
    })
  },
})

/** One pod on each node: a node that is full has none of it. */
function perNode(world: CapacityReader, workload: Workload, nodes: readonly Node[]): Verdict {
  const served = new Set(workload.pods().flatMap(({ body }) => body.spec?.nodeName ?? []))
  const full = nodes.filter(node => !served.has(node.id) && freeOn(world, node) === 0)
  const [first] = full
  if (first === undefined) return pass(...nodes.slice(0, 3).map(node => node.at(allocatablePath, 'its pod runs here, or finds room')))
  const guest = world
    .seen('k8s/Pod')
    .find(({ body }) => body.spec?.nodeName === first.id && body.spec !== undefined && asksForInterface(body.spec))
  return fail({
    message: `${workload.name} is to run on ${namesOf(full)}, where all branch interfaces are taken`,
    evidence: [
      first.at(allocatablePath, 'none of these is left, and its pod is not here'),
      ...(guest === undefined ? [] : [guest.at(['spec', 'nodeName'], 'this pod has one of them')]),
      workload.resource.at(['metadata', 'name'], 'one pod on each node'),
    ],
    effect: 'The pod for that node stays Pending (Insufficient vpc.amazonaws.com/pod-eni).',
    help: 'Give the DaemonSet a higher priority class, which makes room for it, or keep other pods with groups of their own off some nodes.',
  })
}
