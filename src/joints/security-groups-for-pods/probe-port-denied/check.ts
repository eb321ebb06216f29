import { Unread } from '#base/errors.ts'
import { defineCheck } from '#joints/define.ts'
import { assertKnown, distinctPlaces, fixFor, layerEvidence } from '#joints/denied-layers.ts'
import { networkInputKinds } from '#joints/network-input.ts'
import { networkOf, type ClusterNetwork, type ReachReader } from '#joints/network.ts'
import { alikePods, podsOfWorkload } from '#joints/pod-sorts.ts'
import type { Workload } from '#joints/workloads.ts'
import type { LayerAnswer, Question } from '#network/question.ts'
import type { Path } from '#model/place.ts'
import type { Evidence } from '#model/resource.ts'
import { fail, pass, skip, type Verdict } from '#model/verdict.ts'
import { enforcingOf } from '../enforcing-mode.ts'
import { runsOnFargate } from '../fargate.ts'
import { probePorts, type ProbePort } from '../probe-ports.ts'
import { selectedBy } from '../workload-groups.ts'

export default defineCheck({
  id: 'security-groups-for-pods/probe-port-denied',
  title: 'In strict mode the security groups of pods do not let the probes of their node in',
  severity: 'critical',
  since: '0.1.0',
  subject: 'workload',
  reads: networkInputKinds,
  sources: [
    'https://docs.aws.amazon.com/eks/latest/userguide/security-groups-for-pods.html',
    'https://docs.aws.amazon.com/eks/latest/best-practices/sgpp.html',
  ],

  test({ subject: workload, world }) {
    const selected = selectedBy(world, workload)
    if (selected === undefined) return skip('no policy selects the workload')
    if (runsOnFargate(workload)) return skip('its pods run on Fargate')
    const ports = probePorts(workload.template)
    if (ports.length === 0) return skip('the workload has no probe over the network')
    const enforcing = enforcingOf(world, workload.cluster)
    if (enforcing === undefined) return skip('the cluster does not run the VPC CNI')
    if (enforcing.mode === 'standard') return skip('in standard mode no security group filters what comes from the own node')
    const view = networkOf(world, workload.cluster)
    const asked = askProbes(world, view, workload, ports)
    const denied = asked.filter(({ layers }) => layers.some(({ verdict }) => verdict === 'deny'))
    const [first] = denied
    if (first === undefined) {
      const layers = asked.flatMap(each => each.layers)
      assertKnown(layers)
      return pass(...distinctPlaces(layers.flatMap(layer => layerEvidence(view, layer))).slice(0, 4), enforcing.at)
    }
    return failing(
      view,
      workload,
      [first, ...denied.slice(1)],
      [enforcing.at, selected.policies[0].at(['metadata', 'name'], 'this policy gives the pods groups of their own')],
    )
  },
})

/** For pods that have none yet: nodes of a cluster have the same groups, nearly always. */
function anyNode(world: ReachReader, cluster: string): string {
  const [node] = world.list('k8s/Node', { cluster })
  if (node === undefined) throw new Unread({ kind: 'k8s/Node', reason: 'there is no node yet, and so no group of a node' })
  return node.body.metadata.name
}

interface AskedProbe {
  readonly question: Question
  readonly path: Path
  readonly layers: readonly LayerAnswer[]
}

/** From the node to each sort of pods, at each port. */
function askProbes(world: ReachReader, view: ClusterNetwork, workload: Workload, ports: readonly ProbePort[]): readonly AskedProbe[] {
  return alikePods(view, podsOfWorkload(world, workload).pods).flatMap(pod => {
    const own = workload.seenPods.find(({ id }) => id === pod)?.body.spec?.nodeName
    const node = own ?? anyNode(world, workload.cluster)
    return ports.map(({ port, path }) => {
      const question: Question = { from: { node }, to: { pod }, protocol: 'TCP', port, placement: 'same-node' }
      return { question, path, layers: view.network.answer(question).layers.filter(({ layer }) => layer === 'securityGroup') }
    })
  })
}

function failing(
  view: ClusterNetwork,
  workload: Workload,
  denied: readonly [AskedProbe, ...AskedProbe[]],
  because: readonly Evidence[],
): Verdict {
  const [first] = denied
  const numbers = [...new Set(denied.map(({ question }) => question.port))].join(', ')
  const places = distinctPlaces(
    denied.flatMap(({ layers, question }) =>
      layers
        .filter(({ verdict }) => verdict === 'deny')
        .flatMap(layer =>
          layerEvidence(
            view,
            layer,
            `no rule of it lets TCP port ${question.port} ${layer.end === 'source' ? 'out to the pods' : 'in from the group of the node'}`,
          ),
        ),
    ),
  )
  const fix = fixFor(
    view,
    denied.map(({ question }) => question),
  )
  const probe = workload.template.resource.at(first.path, 'the kubelet connects to this port')
  return fail({
    message: `the kubelet probes ${workload.name} at port ${numbers} and the security groups between node and pod do not let it`,
    evidence: [places[0] ?? probe, ...places.slice(1, 3), probe, ...because],
    effect: 'Probes time out, so the pods never become ready, or are killed again and again.',
    ...(fix === undefined
      ? { help: `Let TCP port ${numbers} into the groups of the pods from the security group of the nodes, or use exec probes.` }
      : { fix }),
  })
}
