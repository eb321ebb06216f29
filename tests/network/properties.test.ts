import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compileAws } from '#network/aws/compile-aws.ts'
import { compilePolicies } from '#network/compile-policies.ts'
import type { Peer } from '#network/policy-layer.ts'
import { blockOf, type Block } from '../oracles/network/address.ts'
import type { OracleWorld, Settings } from '../oracles/network/evaluator.ts'
import { clusters, networkPolicies, nodeNames, type RandomCluster } from '../oracles/network/generate.ts'
import { permissions, worlds } from '../oracles/network/generate-cloud.ts'
import type { KubernetesObject } from '../oracles/network/objects.ts'
import { podEnds } from './ends.ts'
import { networkInputOf, policyInputOf } from './engine-input.ts'
import { announce, seed, worldsOr } from './runs.ts'

const numRuns = worldsOr(40)
announce('properties', numRuns)

const traffic = [
  ['TCP', 80],
  ['TCP', 8080],
  ['TCP', 9004],
  ['UDP', 53],
  ['ICMP', undefined],
] as const

type Cluster = Pick<RandomCluster, 'kubernetes' | 'engine' | 'mode' | 'family'>
const worldOf = ({ kubernetes, engine, mode }: Cluster): OracleWorld => ({
  kubernetes,
  ec2: {},
  settings: { engine, mode, securityGroupMode: 'standard', externalSnat: false, excludeSnatCidrs: [], vpcId: 'vpc-1' },
})

/** What policies say of every pod with every peer, by a name for each question. */
function everything(cluster: Cluster): ReadonlyMap<string, string> {
  const layer = compilePolicies(policyInputOf(worldOf(cluster)))
  const pods = podEnds(cluster.kubernetes, 1) as readonly { readonly pod: string }[]
  const away = cluster.family === 4 ? ['198.51.100.7', '10.0.1.77', '10.100.0.10'] : ['2001:db8::7', 'fd00:ec::a']
  const peers: readonly Peer[] = [...pods, ...nodeNames.map(node => ({ node })), ...away.map(address => ({ address }))]
  const answers = new Map<string, string>()
  for (const { pod } of pods)
    for (const peer of peers)
      for (const [protocol, port] of traffic)
        for (const direction of ['ingress', 'egress'] as const)
          answers.set(
            `${direction} ${pod} ${Object.values(peer).join()} ${protocol} ${port ?? ''}`,
            layer.verdict(direction, pod, peer, protocol, port),
          )
  return answers
}

const differing = (before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): readonly string[] =>
  [...before].filter(([key, verdict]) => after.get(key) !== verdict).map(([key, verdict]) => `${key}: ${verdict}, then ${after.get(key)}`)
const lost = (before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): readonly string[] =>
  differing(before, after).filter(line => line.includes(': allow, then'))

const only = (engine: Settings['engine']) => clusters({ engines: [engine] })
const check = <Values extends [unknown, ...unknown[]]>(property: fc.IPropertyWithHooks<Values>, runs = numRuns) =>
  fc.assert(property, { numRuns: runs, seed })

interface Spec {
  readonly policyTypes?: readonly string[]
  readonly ingress?: readonly object[]
  readonly egress?: readonly object[]
}
const isPolicy = ({ kind }: KubernetesObject) => kind === 'NetworkPolicy'
/** With its types written down, so that a rule more does not mean a type more. */
function withTypes(object: KubernetesObject): KubernetesObject {
  if (!isPolicy(object)) return object
  const spec = object.spec as Spec
  const types = spec.policyTypes ?? ((spec.egress ?? []).length > 0 ? ['Ingress', 'Egress'] : ['Ingress'])
  return { ...object, spec: { ...spec, policyTypes: types } }
}

describe('published semantics', () => {
  test('a rule more takes nothing away', () => {
    check(
      fc.property(only('upstream'), networkPolicies(4), fc.nat(), (cluster, makeOther, position) => {
        const kubernetes = cluster.kubernetes.map(withTypes)
        const policies = kubernetes.filter(isPolicy)
        if (policies.length === 0) return
        const chosen = policies[position % policies.length]
        const { ingress = [], egress = [] } = makeOther('other').spec as Spec
        const more = kubernetes.map(object => {
          const spec = object.spec as Spec
          return object === chosen
            ? { ...object, spec: { ...spec, ingress: [...(spec.ingress ?? []), ...ingress], egress: [...(spec.egress ?? []), ...egress] } }
            : object
        })
        expect(lost(everything({ ...cluster, kubernetes }), everything({ ...cluster, kubernetes: more }))).toEqual([])
      }),
    )
  }, 0)

  test('a first policy gives nothing', () => {
    check(
      fc.property(only('upstream'), networkPolicies(4), (cluster, make) => {
        // A policy of the namespace comes before the baseline, and may open what that closes.
        const isBaseline = ({ kind, spec }: KubernetesObject) =>
          kind === 'BaselineAdminNetworkPolicy' || (spec as { tier?: string } | undefined)?.tier === 'Baseline'
        const kubernetes = cluster.kubernetes.filter(object => !isPolicy(object) && !isBaseline(object))
        const isolated = everything({ ...cluster, kubernetes: [...kubernetes, make('first')] })
        expect(lost(isolated, everything({ ...cluster, kubernetes }))).toEqual([])
      }),
    )
  }, 0)

  test('the order of policies, rules, peers and ports is of no account', () => {
    check(
      fc.property(only('upstream'), cluster => {
        const turned = cluster.kubernetes
          .toReversed()
          .map(object => (isPolicy(object) ? { ...object, spec: reversed(object.spec) } : object))
        expect(differing(everything(cluster), everything({ ...cluster, kubernetes: turned }))).toEqual([])
      }),
    )
  }, 0)

  test('a block and its halves are the same', () => {
    check(
      fc.property(only('upstream'), cluster => {
        const split = cluster.kubernetes.map(object => (isPolicy(object) ? { ...object, spec: halved(object.spec) } : object))
        expect(differing(everything(cluster), everything({ ...cluster, kubernetes: split }))).toEqual([])
      }),
    )
  }, 0)
})

/** All lists turned round. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.toReversed().map(reversed)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, reversed(each)]))
}

function halved(value: unknown): unknown {
  if (Array.isArray(value))
    return value.flatMap((each: unknown) => {
      const { ipBlock } = (each ?? {}) as { readonly ipBlock?: { readonly cidr: string; readonly except?: unknown } }
      return ipBlock === undefined || ipBlock.except !== undefined
        ? [halved(each)]
        : halvesOf(ipBlock.cidr).map(cidr => ({ ipBlock: { cidr } }))
    })
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, halved(each)]))
}

function halvesOf(cidr: string): readonly string[] {
  const block = blockOf(cidr)
  const bits = block.family === 4 ? 32 : 128
  if (block.length === bits) return [cidr]
  const length = block.length + 1
  return [block.value, block.value + (1n << BigInt(bits - length))].map(value => textOf({ ...block, value, length }))
}

function textOf({ family, value, length }: Block): string {
  const size = family === 4 ? 8n : 16n
  const parts = Array.from(
    { length: family === 4 ? 4 : 8 },
    (_, index) => (value >> (size * BigInt((family === 4 ? 3 : 7) - index))) & ((1n << size) - 1n),
  )
  return `${parts.map(part => part.toString(family === 4 ? 10 : 16)).join(family === 4 ? '.' : ':')}/${length}`
}

describe('as AWS enforces', () => {
  test('the order of documents is of no account', () => {
    check(
      fc.property(only('aws-vpc-cni'), cluster => {
        expect(differing(everything(cluster), everything({ ...cluster, kubernetes: cluster.kubernetes.toReversed() }))).toEqual([])
      }),
    )
  }, 0)

  test('a rule more may take away, as an exception of one rule closes what another opens', () => {
    const pod = (name: string, node: string, address: string, hostIP: string): KubernetesObject => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: 'na', labels: { app: name } },
      spec: { nodeName: node, containers: [] },
      status: { phase: 'Running', podIP: address, hostIP },
    })
    const dns = { to: [{ ipBlock: { cidr: '0.0.0.0/0' } }], ports: [{ protocol: 'UDP', port: 53 }] }
    const away = { to: [{ ipBlock: { cidr: '0.0.0.0/0', except: ['10.0.0.0/8'] } }] }
    const cluster = (engine: Settings['engine'], egress: readonly object[]): Cluster => ({
      engine,
      mode: 'standard',
      family: 4,
      kubernetes: [
        { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'na' } },
        ...['10.0.0.11', '10.0.0.12', '10.0.0.16'].map((address, index) => ({
          apiVersion: 'v1',
          kind: 'Node',
          metadata: { name: `n${index + 1}` },
          status: { addresses: [{ type: 'InternalIP', address }] },
        })),
        pod('web', 'n1', '10.0.1.10', '10.0.0.11'),
        pod('dns', 'n2', '10.0.2.10', '10.0.0.12'),
        {
          apiVersion: 'networking.k8s.io/v1',
          kind: 'NetworkPolicy',
          metadata: { name: 'out', namespace: 'na' },
          spec: { podSelector: { matchLabels: { app: 'web' } }, policyTypes: ['Egress'], egress },
        },
      ],
    })
    const question = 'egress na/web na/dns UDP 53'
    expect(everything(cluster('upstream', [dns])).get(question)).toBe('allow')
    expect(everything(cluster('upstream', [dns, away])).get(question)).toBe('allow')
    expect(everything(cluster('aws-vpc-cni', [dns])).get(question)).toBe('allow')
    expect(everything(cluster('aws-vpc-cni', [dns, away])).get(question)).toBe('deny')
  })
})

describe('security groups', () => {
  test('a rule more takes nothing away', () => {
    check(
      fc.property(worlds(['none']), permissions, fc.nat(), fc.boolean(), (world, permission, position, isIngress) => {
        const { SecurityGroups = [] } = world.ec2
        const chosen = SecurityGroups[position % SecurityGroups.length]
        const key = isIngress ? 'IpPermissions' : 'IpPermissionsEgress'
        const more = SecurityGroups.map(group => (group === chosen ? { ...group, [key]: [...(group[key] ?? []), permission] } : group))
        const after = { ...world, ec2: { ...world.ec2, SecurityGroups: more } }
        expect(lost(everythingInAws(world), everythingInAws(after))).toEqual([])
      }),
      Math.ceil(numRuns / 2),
    )
  }, 0)
})

function everythingInAws(world: OracleWorld): ReadonlyMap<string, string> {
  const { aws, policies } = networkInputOf(world)
  const layer = compileAws(aws, policies.pods, policies.nodes)
  const pods = podEnds(world.kubernetes, 1).flatMap(end => ('pod' in end ? [end.pod] : []))
  const ends = [...pods.flatMap(pod => layer.pod(pod) ?? []), ...['10.0.10.200', '10.9.1.5', '198.51.100.7'].map(layer.address)]
  const answers = new Map<string, string>()
  for (const from of ends)
    for (const to of ends)
      for (const [protocol, port] of traffic)
        for (const isOnOneNode of [true, false])
          answers.set(
            `${from.name} ${to.name} ${protocol} ${port ?? ''} ${isOnOneNode}`,
            layer.verdict(from, to, isOnOneNode, protocol, port),
          )
  return answers
}
