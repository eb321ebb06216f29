/* Security groups and policies together. Each figure stands beside the bound of docs or beside the plain way of doing it in the same run. JSON on stdout. */
import { compileAws } from '#network/aws/compile-aws.ts'
import { trafficKey } from '#network/aws/traffic.ts'
import { compileNetwork } from '#network/compile-network.ts'
import type { Network } from '#network/network.ts'
import { all, group, networkInterface, networkPolicy, rule } from '../../tests/network/small-cluster.ts'
import { makeInput, numbers, rulesOf, workloadsOf } from './make-input.ts'
import { plainEvaluator } from './plain-evaluator.ts'
import { least, round } from './spent.ts'

const podCount = 10_000
const shape = { pods: podCount, policies: 1_000, workloads: 300 }

const input = makeInput(shape)
const ports = Array.from({ length: 20 }, (_, i) => 1_000 + i * 70)
const workloads = workloadsOf(input, shape)
const ids = workloads.flatMap(({ pods }) => pods)

const compileAwsMs = least(5, () => void compileAws(input.aws, input.policies.pods, input.policies.nodes))
/** Of one input the engine keeps the policies that it compiled: a copy is another. */
const compileAnew = (): Network => compileNetwork({ ...input, policies: { ...input.policies } })
let network = compileAnew()
const compileMs = least(3, () => void (network = compileAnew()))
const endsMs = least(1, () => ids.forEach(id => void network.aws.pod(id)))
const classes = new Set(ids.map(id => network.aws.pod(id)!.classId)).size

const layer = network.aws
const examples = [...new Map(ids.map(id => [layer.pod(id)!.classId, layer.pod(id)!])).values()]
const keys = ports.map(port => trafficKey('TCP', port))
let open = 0
/** One port of each pair is asked; the rows that are made for it hold every port. */
const awsMatrix = () => {
  for (const from of examples) for (const to of examples) if (layer.code(from, to, false, keys[0]!) === 2) open++
}
const awsMatrixFirstMs = least(1, awsMatrix)
const awsMatrixAgainMs = least(3, awsMatrix)

const traffic = ports.slice(0, 1).map(port => ({ protocol: 'TCP' as const, port }))
const matrixFirstMs = least(1, () => void network.matrix({ from: workloads, to: workloads, traffic }))
const matrixAgainMs = least(3, () => void network.matrix({ from: workloads, to: workloads, traffic }))

/** Both layers, every class of pods, all traffic: what `rows` visits, and the words that it would be if every row were written out for each port. */
function allTraffic(of: Network): Readonly<Record<string, number>> {
  const { classes: rowClasses, forEachRow } = of.rows(ids, 'other-node')
  let runs = 0
  let pairs = 0
  forEachRow((_from, _start, _end, allowed) => {
    runs++
    for (let i = 0; i < allowed.length; i++) for (let word = allowed[i]!; word !== 0; word &= word - 1) pairs++
  })
  return { classes: rowClasses.length, runs, allowedPairs: pairs }
}
const portAtoms = new Set([
  ...input.aws.securityGroups.all.flatMap(({ IpPermissions = [], IpPermissionsEgress = [] }) =>
    [...IpPermissions, ...IpPermissionsEgress].flatMap(({ FromPort = 0, ToPort = 65_535 }) => [FromPort, ToPort + 1]),
  ),
  ...Array.from({ length: network.policies.ports.count }, (_, atom) => network.policies.ports.range(atom)?.from ?? 0),
]).size
const fresh = Array.from({ length: 4 }, compileAnew)
fresh.forEach(one => ids.forEach(id => (one.aws.pod(id), one.policies.classOf(id))))
const allTrafficFirstMs = Math.min(...fresh.map(one => least(1, () => void allTraffic(one))))
const allTrafficAgainMs = least(3, () => void allTraffic(network))
const whole = allTraffic(network)

const below = numbers(3)
const questions = Array.from({ length: 50_000 }, () => ({
  from: { pod: ids[below(ids.length)]! },
  to: { pod: ids[below(ids.length)]! },
  protocol: 'TCP' as const,
  port: ports[below(ports.length)]!,
}))
const pointMs = least(3, () => questions.forEach(question => network.verdict(question)))
const explained = questions.slice(0, 2_000)
const explainMs = least(2, () => explained.forEach(question => network.answer(question)))

/** The plain way: every rule of every group of both interfaces, for each question. */
const plain = plainEvaluator(input)
const compared = questions.slice(0, 20_000)
const plainMs = least(2, () => compared.forEach(({ from, to, port }) => plain(from.pod, to.pod, port)))
const differing = compared.filter(({ from, to, port }) => {
  const code = layer.code(layer.pod(from.pod)!, layer.pod(to.pod)!, false, trafficKey('TCP', port))
  return from.pod !== to.pod && plain(from.pod, to.pod, port) !== (code === 2)
})
if (differing.length > 0) console.error(JSON.stringify(differing.slice(0, 3)))

let version = 0
const edited = () => {
  version++
  const after = group(
    'sg-own-7',
    [rule(`tcp ${2_000 + version}`, 'sg-own-8'), rule('tcp 1000', `10.1.${version}.0/24`)],
    rulesOf(numbers(version)),
  )
  network = network.update([{ kind: 'aws/ec2/SecurityGroup', id: after.SecurityGroupArn, after }])
}
const updateMs = least(20, edited)
const updateAndAskMs = least(20, () => {
  edited()
  const touched = network.aws.pod(workloads[7]!.pods[0]!)!
  for (const other of examples) {
    const end = network.aws.pod(other.name)!
    network.aws.code(touched, end, false, keys[0]!)
    network.aws.code(end, touched, false, keys[0]!)
  }
})
const policyChange = networkPolicy('ns-0/policy-0', { podSelector: {}, policyTypes: ['Ingress'] })
const policyUpdateMs = least(5, () => void network.update([{ kind: 'k8s/NetworkPolicy', id: 'ns-0/policy-0', after: policyChange }]))

const bigGroup = group(
  'sg-big',
  Array.from({ length: 10_000 }, (_, i) => rule(`tcp ${1 + (i % 60_000)}`, `10.${i >> 8}.${i & 255}.0/24`)),
)
const bigInput = {
  ...input.aws,
  securityGroups: all(...input.aws.securityGroups.all.slice(1), bigGroup, group('sg-node', [])),
  networkInterfaces: all(
    ...input.aws.networkInterfaces.all.slice(0, -1),
    networkInterface({
      id: `eni-${podCount - 1}`,
      subnet: 'subnet-a',
      addresses: [input.policies.pods.all.at(-1)!.status!.podIP!],
      groups: ['sg-big'],
      branchOf: 't',
    }),
  ),
}
const bigLayer = compileAws(bigInput, input.policies.pods, input.policies.nodes)
const bigEnd = bigLayer.pod(ids.find(id => id.endsWith(`-${podCount - 1}`))!)!
const bigMs = least(1, () => examples.forEach(({ name }) => bigLayer.code(bigLayer.pod(name)!, bigEnd, false, keys[0]!)))

console.log(
  JSON.stringify(
    {
      pods: podCount,
      policies: shape.policies,
      groups: input.aws.securityGroups.all.length,
      awsClasses: classes,
      open,
      compileAwsMs: round(compileAwsMs),
      compileBothMs: round(compileMs),
      findAllPodsMs: round(endsMs),
      awsMatrix: {
        pairs: examples.length ** 2,
        portsAsked: 1,
        firstMs: round(awsMatrixFirstMs),
        againMs: round(awsMatrixAgainMs),
        boundMs: 250,
      },
      combinedMatrix: { workloads: workloads.length, ports: 1, firstMs: round(matrixFirstMs), againMs: round(matrixAgainMs) },
      combinedAllTraffic: {
        ...whole,
        portAtoms,
        words: Math.ceil((whole.classes! * whole.classes! * portAtoms) / 32),
        firstMs: round(allTrafficFirstMs),
        againMs: round(allTrafficAgainMs),
        boundMs: 250,
      },
      pointMicroseconds: { ours: round((pointMs / questions.length) * 1_000), bound: 5 },
      explainMicroseconds: round((explainMs / explained.length) * 1_000),
      plainMicroseconds: round((plainMs / compared.length) * 1_000),
      differentFromPlain: differing.length,
      groupUpdateMs: { update: round(updateMs), andEveryPairOfIt: round(updateAndAskMs), bound: 5 },
      policyUpdateMs: round(policyUpdateMs),
      tenThousandRules: { askedByClasses: examples.length, ms: round(bigMs) },
    },
    undefined,
    2,
  ),
)
