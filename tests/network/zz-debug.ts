import fc from 'fast-check'
import { compilePolicies } from '#network/compile-policies.ts'
import { policyAt } from '../oracles/network/evaluator.ts'
import { clusters, nodeNames, probes } from '../oracles/network/generate.ts'
import { at, podEnds, portOf } from './ends.ts'
import { policyInputOf } from './engine-input.ts'
const worldOfCluster = ({ kubernetes, engine, mode }: any) => ({ kubernetes, ec2: {}, settings: { engine, mode, securityGroupMode: 'standard', externalSnat: false, excludeSnatCidrs: [], vpcId: 'vpc-1' } }) as any
const outside: any = { 4: ['198.51.100.7', '10.0.1.77', '10.100.0.10', '10.100.0.11', '10.0.0.11', '10.0.2.10', '192.0.2.1'], 6: ['2001:db8::7', 'fd00:10:0:1::77', 'fd00:ec::a', 'fd00:10::b'] }
const engine = process.argv[2] as any
let diff: any
const r = fc.check(fc.property(clusters({ engines: [engine] }), fc.array(probes, { minLength: 10, maxLength: 10 }), (cluster: any, asked) => {
  const world = worldOfCluster(cluster); const input = policyInputOf(world); const layer = compilePolicies(input)
  const pods = podEnds(cluster.kubernetes, 1) as any[]; if (!pods.length) return true
  const peers = [...pods, ...pods, ...nodeNames.map(node => ({ node })), ...outside[cluster.family].map((address: string) => ({ address }))]
  for (const probe of asked) for (const direction of ['ingress', 'egress'] as const) {
    const { pod } = at(pods, probe.from); const peer = at(peers, probe.to) as any; const port = portOf(probe)
    const wanted = policyAt(world, direction, pod, peer, probe.protocol, port); const given = layer.verdict(direction, pod, peer, probe.protocol as never, port)
    if (wanted !== given) { diff = { direction, pod, peer, protocol: probe.protocol, port, wanted, given, answer: layer.answer(direction, pod, peer, probe.protocol as never, port), world }; return false }
  }
  return true
}), { numRuns: Number(process.argv[3] ?? 300), seed: Number(process.argv[4] ?? 1) })
if (!r.failed) console.log('ok', r.numRuns)
else { const { world, ...d } = diff; console.log(JSON.stringify(d)); for (const o of world.kubernetes) console.log(JSON.stringify(o)); console.log(r.seed) }
