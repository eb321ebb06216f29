import { count } from '#network/bitset.ts'
import { compilePolicies } from '#network/compile-policies.ts'
import type { PolicyInput } from '#network/input.ts'
import type { PolicyChange, PolicyLayer } from '#network/policy-layer.ts'
import { policyAt, type OracleWorld } from '../../tests/oracles/network/evaluator.ts'
import { least, round, spent } from './spent.ts'
import { makeWorld, type Shape } from './world.ts'

/**
 * What the policies of a cluster cost, as JSON: each figure beside its bound, beside the words that the whole matrix would have, and beside the slow
 * evaluator, measured in the same run. Processor time: a busy machine must not count.
 */
const sizes: readonly (Shape & { readonly rounds: number; readonly slowQueries: number })[] = [
  { pods: 1_000, policies: 200, workloads: 200, rounds: 5, slowQueries: 200 },
  { pods: 10_000, policies: 1_000, workloads: 1_000, rounds: 5, slowQueries: 20 },
  { pods: 50_000, policies: 3_000, workloads: 2_500, rounds: 1, slowQueries: 0 },
  { pods: 100_000, policies: 5_000, workloads: 4_000, rounds: 1, slowQueries: 0 },
]

const bounds: Readonly<Record<number, { readonly matrixMilliseconds: number; readonly megabytes?: number }>> = {
  10_000: { matrixMilliseconds: 250 },
  100_000: { matrixMilliseconds: 15_000, megabytes: 1_000 },
}

/** Of one input the engine keeps what it compiled: a copy is another. */
const compileAnew = (input: PolicyInput): PolicyLayer => compilePolicies({ ...input })

/** Every class, every atom of ports, both ends joined. */
function wholeMatrix(layer: PolicyLayer): { readonly rows: number; readonly pairs: number } {
  let rows = 0
  let pairs = 0
  layer.matrix.forEachRow((_from, start, end, allowed) => {
    rows++
    pairs += count(allowed) * (end - start)
  })
  return { rows, pairs }
}

const idOf = ({ metadata }: { readonly metadata: { readonly namespace: string; readonly name: string } }) =>
  `${metadata.namespace}/${metadata.name}`

function queries(layer: PolicyLayer, ids: readonly string[], count: number): void {
  for (let i = 0; i < count; i++) {
    layer.verdict('egress', ids[(i * 7919) % ids.length]!, { pod: ids[(i * 104_729) % ids.length]! }, 'TCP', 1000 + (i % 40) * 10)
  }
}

/**
 * Edits, one after another, as a watch brings them, on a layer whose matrix has been asked for; a policy's with the rows that it changed as well.
 * `firstPod` makes what finds pods quickly, once.
 */
function updates(start: PolicyLayer, input: PolicyInput): Readonly<Record<string, unknown>> {
  let layer = start
  let everything = 0
  const [pod, another] = [input.pods.all[0]!, input.pods.all[1]!]
  const policy = input.networkPolicies.all[0]!
  const namespace = input.namespaces.all[0]!
  const spec = { ...policy.spec!, ingress: [{ ports: [{ protocol: 'TCP', port: 1015 }] }] }
  const relabelled = { ...pod.metadata.labels, app: another.metadata.labels!.app!, tier: another.metadata.labels!.tier! }
  const moved = { ...another, metadata: { ...another.metadata, name: pod.metadata.name, labels: relabelled }, status: pod.status! }
  const edit = (change: PolicyChange, askRows = false) =>
    round(
      spent(() => {
        const updated = layer.update(change)
        if (updated.everything) everything++
        if (askRows) void updated.rows
        layer = updated.layer
      }),
    )
  const canary = {
    ...pod,
    metadata: { ...pod.metadata, name: 'canary', labels: { ...pod.metadata.labels, canary: 'yes' } },
    status: { ...pod.status, podIP: '10.250.0.1' },
  } as typeof pod
  const unlike = { ...canary, metadata: { ...canary.metadata, name: 'unlike', labels: { app: 'unlike' } }, status: { podIP: '10.250.0.2' } }
  const ofLabel = { ...policy, metadata: { ...policy.metadata, name: 'canary', namespace: pod.metadata.namespace } }
  const policyEdit = (spec: object) =>
    edit(
      {
        kind: 'k8s/NetworkPolicy',
        id: idOf(ofLabel),
        after: { ...ofLabel, spec: { podSelector: { matchLabels: { canary: 'yes' } }, ...spec } },
      },
      true,
    )
  const milliseconds = {
    firstPod: edit({ kind: 'k8s/Pod', id: idOf(pod) }),
    podAdded: edit({ kind: 'k8s/Pod', id: idOf(pod), after: pod }),
    podRemoved: edit({ kind: 'k8s/Pod', id: idOf(another) }),
    podMovedToOtherLabels: edit({
      kind: 'k8s/Pod',
      id: `${another.metadata.namespace}/${pod.metadata.name}`,
      after: { ...moved, status: another.status! },
    }),
    policyChanged: edit({ kind: 'k8s/NetworkPolicy', id: idOf(policy), after: { ...policy, spec } }, true),
    policyRemoved: edit({ kind: 'k8s/NetworkPolicy', id: idOf(policy) }, true),
    policyAdded: edit({ kind: 'k8s/NetworkPolicy', id: idOf(policy), after: policy }, true),
    podOfNoClass: edit({ kind: 'k8s/Pod', id: idOf(unlike), after: unlike }, true),
    podWithLabelThatNobodyAsksFor: edit({ kind: 'k8s/Pod', id: idOf(canary), after: canary }, true),
    policyThatAsksForIt: policyEdit({}),
    policyWithNewBlock: policyEdit({ policyTypes: ['Egress'], egress: [{ to: [{ ipBlock: { cidr: '198.51.100.0/25' } }] }] }),
    namespaceLabel: edit(
      {
        kind: 'k8s/Namespace',
        id: namespace.metadata.name,
        after: { metadata: { ...namespace.metadata, labels: { ...namespace.metadata.labels, more: 'x' } } },
      },
      true,
    ),
  }
  return { ...milliseconds, compiledAnew: everything, bound: 5 }
}

function slowWorld(input: PolicyInput): OracleWorld {
  const of = (kind: string, apiVersion: string, all: readonly object[]) => all.map(body => ({ apiVersion, kind, ...body }))
  const kubernetes = [
    ...of('Namespace', 'v1', input.namespaces.all),
    ...of('Node', 'v1', input.nodes.all),
    ...of('Pod', 'v1', input.pods.all),
    ...of('NetworkPolicy', 'networking.k8s.io/v1', input.networkPolicies.all),
  ] as unknown as OracleWorld['kubernetes']
  const settings = {
    engine: 'upstream',
    mode: 'standard',
    securityGroupMode: 'standard',
    externalSnat: false,
    excludeSnatCidrs: [],
    vpcId: 'vpc',
  } as const
  return { kubernetes, ec2: {} as never, settings }
}

/** Microseconds of one question to the slow evaluator, which answers from the raw objects. */
function slowQuery(input: PolicyInput, ids: readonly string[], count: number): number | undefined {
  if (count === 0) return undefined
  const world = slowWorld(input)
  const milliseconds = spent(() => {
    for (let i = 0; i < count; i++)
      policyAt(world, 'egress', ids[(i * 7919) % ids.length]!, { pod: ids[(i * 104_729) % ids.length]! }, 'TCP', 1010)
  })
  return round((milliseconds / count) * 1000)
}

function at({ pods, policies, workloads, rounds, slowQueries }: (typeof sizes)[number], engine: 'aws-vpc-cni' | 'upstream'): unknown {
  const input = makeWorld({ pods, policies, workloads }, engine)
  const ids = input.pods.all.map(idOf)
  for (let i = 0; i < rounds - 1; i++) wholeMatrix(compileAnew(input))
  let layer = compileAnew(input)
  const compile = least(rounds, () => {
    layer = compileAnew(input)
  })
  const first = spent(() => void wholeMatrix(layer))
  const matrix = wholeMatrix(layer)
  const fresh = rounds === 1 ? first : least(rounds, () => void wholeMatrix(compileAnew(input))) - compile
  queries(layer, ids, 20_000)
  const query = (least(3, () => queries(layer, ids, 100_000)) / 100_000) * 1000
  // The first edits of a process pay for its compiler.
  for (let i = 0; i < 3; i++) updates(layer, input)
  const slow = engine === 'upstream' ? slowQuery(input, ids, slowQueries) : undefined
  const classes = layer.classes.length
  return {
    engine,
    pods,
    policies,
    classes,
    portAtoms: layer.ports.count,
    compileMilliseconds: round(compile),
    matrix: {
      milliseconds: round(Math.max(fresh, 0)),
      bound: bounds[pods]?.matrixMilliseconds,
      distinctRows: matrix.rows,
      allowedPairs: matrix.pairs,
    },
    /** The least that a matrix which is written out would have to touch. */
    wordsOfWholeMatrix: Math.ceil((classes * classes * layer.ports.count) / 32),
    query: { microseconds: round(query), bound: 5, ...(slow !== undefined && { slowEvaluator: slow, ratio: round(slow / query) }) },
    updateMilliseconds: updates(layer, input),
    memory: { residentMegabytes: Math.round(process.memoryUsage().rss / 1e6), bound: bounds[pods]?.megabytes },
  }
}

const most = Number(process.argv[2] ?? 100_000)
const results = sizes
  .filter(({ pods }) => pods <= most)
  .flatMap(size => (['upstream', 'aws-vpc-cni'] as const).map(engine => at(size, engine)))
console.log(JSON.stringify({ bench: 'network', node: process.version, sizes: results }, undefined, 2))
