import type { Kind } from '#model/kinds.ts'
import type { Expectation, Observation, ProbePod, ProbeStep, Seen, StepResult } from '#model/probe.ts'
import type { World } from '#model/world.ts'
import type { ChainStart } from '#joints/define.ts'
import { defineProbe, judgedBy, notObserved, stepSeen, type Prepared, type ProbeSettings } from '#joints/define-probe.ts'
import { networkKinds } from '#joints/network.ts'
import { policyEngineOf } from '#joints/policy-engine.ts'
import { probeJob, seatLabel, type ProbeJobInput } from '#joints/probe-job.ts'
import { standsInFor } from '#joints/probe-likeness.ts'
import { workloadKinds, workloadsOf, type Workload } from '#joints/workloads.ts'
import networkPolicy from './joint.ts'
import { dnsPrediction, flowPrediction, plannedId } from './probe-predictions.ts'
import { targetsOf, type Target } from './probe-targets.ts'

const reads: readonly Kind[] = [...new Set<Kind>([...networkKinds, ...workloadKinds])]

/** A pod with the workload's labels asks DNS, and tries pods with the labels of others: with what policies declare, and beside it. */
export default defineProbe({ joint: networkPolicy, reads, starts: workloadStarts, prepare })

/** Pods of the network of their node are out of reach of policies. */
function workloadStarts(world: World): readonly ChainStart[] {
  const outside = workloadsOf(world).filter(({ template }) => template.spec.hostNetwork !== true)
  return outside.map(workload => ({ clusterName: workload.cluster, workload }))
}

/** A flow that nothing answers takes its whole time; a server outlives every client. */
const flowMilliseconds = 3_000
const clientSeconds = 60
const serverSeconds = 150

type Placement = 'same-node' | 'other-node'

interface Flow {
  readonly id: string
  readonly target: Target
  readonly server: string
  readonly protocol: 'TCP' | 'UDP'
  readonly port: number
  readonly placement: Placement
}

function prepare(world: World, { workload }: ChainStart, settings: ProbeSettings, number: number): Prepared | { readonly why: string } {
  if (workload === undefined) return { why: 'the chain begins at no workload' }
  const targets = targetsOf(world, workload)
  const isOnSeveral = hasSeveralNodes(world, workload)
  const placements: readonly Placement[] = targets.length > 0 && isOnSeveral ? ['same-node', 'other-node'] : ['same-node']
  const flows = placements.flatMap(placement => targets.flatMap((target, index) => flowsTo(target, `server-${index + 1}`, placement)))
  const servers = targets.map((target, index) => serverPod(target, index, settings, number))
  const clients = placements.map(placement => {
    const isFirst = placement === placements[0]
    return clientPod(
      world,
      workload,
      placement,
      flows.filter(flow => flow.placement === placement),
      { settings, number, isFirst, targets },
    )
  })
  return {
    namespace: workload.namespace,
    pods: [...servers, ...clients],
    objects: [],
    acts: [],
    ...(targets.length === 0 || isOnSeveral ? {} : { omits: 'flows between two nodes: pods can be put on one node only' }),
    expect: copy => expected(copy, workload, flows, [...servers, ...clients]),
  }
}

const hasSeveralNodes = (world: World, { cluster }: Workload): boolean =>
  world.seen('k8s/Node').filter(({ scope, body }) => 'cluster' in scope && scope.cluster === cluster && body.spec?.unschedulable !== true)
    .length > 1

/** What is declared by both protocols, and a port beside it that nobody declares. */
const flowsTo = (target: Target, server: string, placement: Placement): readonly Flow[] =>
  (
    [
      ['TCP', target.port],
      ['UDP', target.port],
      ['TCP', target.otherPort],
    ] as const
  ).map(([protocol, port]) => ({
    id: `${protocol.toLowerCase()}-${port}-${server}-${placement}`,
    target,
    server,
    protocol,
    port,
    placement,
  }))

/** Any port may be served without being root. https://kubernetes.io/docs/concepts/security/pod-security-standards/#baseline */
const sysctls = [{ name: 'net.ipv4.ip_unprivileged_port_start', value: '0' }]

function serverPod({ workload, port, otherPort }: Target, index: number, settings: ProbeSettings, number: number): ProbePod {
  const id = `server-${index + 1}`
  const seat = seatOf(settings, number)
  const job = probeJob({
    ...common(workload, settings, `${number}-${id}`, serverSeconds),
    ...standsInFor(workload, index === 0 ? { [seatLabel]: seat } : {}),
    steps: [{ id: 'serve', do: 'serve', ports: [port, otherPort], timeout: serverSeconds * 1000 }],
    sysctls,
    ...(index === 0 ? {} : { beside: { seat, is: 'same-node' } }),
  })
  return { id, until: 'address', seconds: 40, job: () => job }
}

const seatOf = ({ run }: ProbeSettings, number: number): string => `${run}-${number}`

const common = (workload: Workload, settings: ProbeSettings, name: string, seconds: number): Omit<ProbeJobInput, 'steps'> => ({
  cluster: workload.cluster,
  namespace: workload.namespace,
  serviceAccountName: workload.serviceAccountName,
  settings,
  joint: networkPolicy.id,
  name,
  seconds,
})

interface ClientOf {
  readonly settings: ProbeSettings
  readonly number: number
  /** The first client asks DNS for all. */
  readonly isFirst: boolean
  readonly targets: readonly Target[]
}

function clientPod(world: World, workload: Workload, placement: Placement, flows: readonly Flow[], of: ClientOf): ProbePod {
  const { settings, number, isFirst, targets } = of
  const input = {
    ...common(workload, settings, `${number}-client-${placement}`, clientSeconds),
    ...standsInFor(workload, {}),
    ...(targets.length === 0 ? {} : { beside: { seat: seatOf(settings, number), is: placement } }),
  }
  const before = [...settling(world, workload), ...(isFirst ? dnsSteps : [])]
  const steps = (addresses: ReadonlyMap<string, string>): readonly ProbeStep[] => [
    ...before,
    ...flows.map(({ id, server, protocol, port }): ProbeStep => ({
      id,
      do: 'connect',
      protocol,
      port,
      address: addresses.get(server) ?? server,
      timeout: flowMilliseconds,
    })),
  ]
  return {
    id: `client-${placement}`,
    until: 'end',
    seconds: clientSeconds,
    job: addresses => probeJob({ ...input, steps: steps(addresses) }),
  }
}

/** A new pod is open for two seconds or so until AWS's agent has its policies. https://docs.aws.amazon.com/eks/latest/userguide/cni-network-policy-configure.html */
function settling(world: World, { cluster }: Workload): readonly ProbeStep[] {
  const { engine } = policyEngineOf(world, cluster)
  return 'value' in engine && engine.value === 'none' ? [] : [{ id: 'settle', do: 'wait', every: 5_000 }]
}

const dnsSteps: readonly ProbeStep[] = (['UDP', 'TCP'] as const).map(protocol => ({
  id: `dns-${protocol.toLowerCase()}`,
  do: 'resolve',
  protocol,
  name: 'kubernetes.default.svc',
  timeout: 6_000,
}))

function expected(world: World, workload: Workload, flows: readonly Flow[], pods: readonly ProbePod[]) {
  const jobOf = (id: string) => pods.find(pod => pod.id === id)?.job(new Map())
  const [first] = pods.filter(({ until }) => until === 'end')
  if (first === undefined) throw new Error('a network probe has a client')
  const dns = dnsSteps.map(({ id, protocol }): Expectation => {
    const predicted = dnsPrediction(world, workload, plannedId(jobOf(first.id)), {
      protocol: protocol ?? 'UDP',
      placement: hasSeveralNodes(world, workload) ? 'other-node' : 'same-node',
    })
    return { id, says: `DNS of the cluster answers by ${protocol}`, isMust: true, predicted }
  })
  const tried = flows.map((flow): Expectation => {
    const predicted = flowPrediction(world, workload.cluster, {
      from: { pod: plannedId(jobOf(`client-${flow.placement}`)) },
      to: { pod: plannedId(jobOf(flow.server)) },
      protocol: flow.protocol,
      port: flow.port,
      placement: flow.placement,
    })
    const { name, namespace } = flow.target.workload
    const where = flow.placement === 'same-node' ? 'on one node' : 'on two nodes'
    return { id: flow.id, says: `${flow.protocol} ${flow.port} reaches ${name} in ${namespace}, ${where}`, isMust: false, predicted }
  })
  const expectations = [...dns, ...tried]
  const judges = {
    ...Object.fromEntries(dnsSteps.map(({ id }) => [id, (seen: Seen) => stepSeen(seen, first.id, id, dnsObserved)])),
    ...Object.fromEntries(flows.map(flow => [flow.id, (seen: Seen) => flowSeen(seen, flow)])),
  }
  return { expectations, judge: judgedBy(expectations, judges) }
}

function flowSeen(seen: Seen, { id, server, placement }: Flow): Observation {
  const end = seen.pods.get(server)
  if (end?.notStarted !== undefined) return notObserved(`the other end: ${end.notStarted}`)
  return stepSeen(seen, `client-${placement}`, id, flowObserved)
}

/** What is refused was let through, and nobody listened. Silence is what policies and security groups answer with. */
function flowObserved({ ok, code, text }: StepResult): Observation {
  if (ok || code === 'refused') return { is: 'yes', text }
  return code === 'timeout' || code === 'unreachable' ? { is: 'no', text } : notObserved(text)
}

/** A name that does not exist is an answer. */
const dnsObserved = ({ ok, code, text }: StepResult): Observation => ({ is: ok || code === 'not-found' ? 'yes' : 'no', text })
