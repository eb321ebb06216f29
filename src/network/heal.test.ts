import { describe, expect, test } from 'vitest'
import type { Kinds } from '#model/kinds.ts'
import {
  acl,
  all,
  group,
  networkInput,
  networkInterface,
  networkPolicy,
  nodeInterfaces,
  pod,
  rule,
  settings,
} from '../../tests/network/small-cluster.ts'
import type { AwsInput } from './aws-input.ts'
import { compileNetwork } from './compile-network.ts'
import { healReach, type Heal, type HealEdit, type NotHealed } from './heal.ts'
import type { PolicyInput } from './input.ts'
import type { Question } from './question.ts'

const web = { app: 'web', 'pod-template-hash': 'abc' }
const pods = [
  pod({ id: 'shop/web', node: 'n1', address: '10.0.1.50', branch: 'eni-web', labels: web, spec: owned('web') }),
  pod({ id: 'shop/api', node: 'n2', address: '10.0.2.50', branch: 'eni-api', labels: { app: 'api', tier: 'back' }, spec: owned('api') }),
  pod({ id: 'shop/job', node: 'n1', address: '10.0.1.52', branch: 'eni-job', labels: { app: 'job' }, spec: owned('job') }),
]
function owned(name: string) {
  return { containers: [{ name, image: name, ports: [{ containerPort: 8080 }] }] }
}
const interfaces = all(
  ...nodeInterfaces,
  networkInterface({ id: 'eni-web', subnet: 'subnet-a', addresses: ['10.0.1.50'], groups: ['sg-web', 'sg-all'], branchOf: 'eni-t1' }),
  networkInterface({ id: 'eni-job', subnet: 'subnet-a', addresses: ['10.0.1.52'], groups: ['sg-job', 'sg-all'], branchOf: 'eni-t1' }),
  networkInterface({ id: 'eni-api', subnet: 'subnet-b', addresses: ['10.0.2.50'], groups: ['sg-api'], branchOf: 'eni-t2' }),
)
const groups = [
  group('sg-node', [rule('all', 'sg-node')]),
  group('sg-web', []),
  group('sg-job', []),
  group('sg-all', []),
  group('sg-api', []),
]
const podGroups = ['web', 'api', 'job'].map(name => ({ id: `shop/${name}`, pods: [`shop/${name}`] }))
const question: Question = { from: { pod: 'shop/web' }, to: { pod: 'shop/api' }, protocol: 'TCP', port: 8080 }

const closedGroups = { securityGroups: all(...groups), networkInterfaces: interfaces }
const openGroups = { ...closedGroups, securityGroups: all(...groups.slice(0, 4), group('sg-api', [rule('all', '0.0.0.0/0')])) }

function heal(aws: Partial<AwsInput>, policies: Partial<PolicyInput> = {}, asked: Question = question): Heal | NotHealed {
  const owners = pods.map(
    one => ({ ...one, metadata: { ...one.metadata, ownerReferences: [{ kind: 'ReplicaSet' }] } }) as never as Kinds['k8s/Pod'],
  )
  return healReach(compileNetwork(networkInput(aws, { pods: all(...owners), ...policies })), asked, { groups: podGroups })
}
function healed(...args: Parameters<typeof heal>): Heal {
  const result = heal(...args)
  if ('because' in result) throw new Error(result.because)
  expect(result.answer).toMatchObject({ verdict: 'allow' })
  expect(result.opens).toContainEqual(['shop/web', 'shop/api'])
  return result
}
const places = (edits: readonly HealEdit[]) =>
  edits.map(edit => (edit.do === 'add' ? [edit.id.split('/').at(-1), edit.path, edit.value] : []))

describe('security groups', () => {
  test('the reference that opens least: to the group that only the source carries', () => {
    const { edits, says, opens } = healed(closedGroups)
    const value = { IpProtocol: 'tcp', FromPort: 8080, ToPort: 8080, UserIdGroupPairs: [{ GroupId: 'sg-web' }] }
    expect(places(edits)).toEqual([['sg-api', ['IpPermissions', 0], value]])
    expect(says).toEqual(['sg-api lets tcp/8080 in from sg-web'])
    expect(opens).toEqual([['shop/web', 'shop/api']])
  })

  test('both ends, when both deny', () => {
    const securityGroups = all(groups[0]!, group('sg-web', [], []), groups[2]!, group('sg-all', [], []), groups[4]!)
    const { says, layers } = healed({ ...closedGroups, securityGroups })
    expect(says).toEqual(['sg-web lets tcp/8080 out to sg-api', 'sg-api lets tcp/8080 in from sg-web'])
    expect(layers).toEqual(['securityGroup'])
  })
})

describe('network ACLs', () => {
  test('an entry before the one that denies, for the packet and for its answers', () => {
    const networkAcls = all(
      acl('acl-a', ['subnet-a'], ['100 in allow all 0.0.0.0/0', '100 out allow all 0.0.0.0/0']),
      acl('acl-b', ['subnet-b'], ['100 in allow tcp 443 0.0.0.0/0', '100 out allow tcp 443 0.0.0.0/0', '50 in deny tcp 8080 10.0.1.0/24']),
    )
    const { edits, says } = healed({ ...openGroups, networkAcls })
    expect([...says].sort()).toEqual(['acl-b lets tcp/8080 in from 10.0.1.0/24', 'acl-b lets what answers tcp/8080 out to 10.0.1.0/24'])
    const values = places(edits).map(([, , value]) => value as { RuleNumber: number })
    expect(values.sort((a, b) => a.RuleNumber - b.RuleNumber)).toEqual([
      { RuleNumber: 49, Egress: false, RuleAction: 'allow', Protocol: '6', CidrBlock: '10.0.1.0/24', PortRange: { From: 8080, To: 8080 } },
      {
        RuleNumber: 110,
        Egress: true,
        RuleAction: 'allow',
        Protocol: '6',
        CidrBlock: '10.0.1.0/24',
        PortRange: { From: 1024, To: 65_535 },
      },
    ])
  })
})

describe('network policies', () => {
  const closing = networkPolicy('shop/api', { podSelector: { matchLabels: { app: 'api' } }, policyTypes: ['Ingress'] })

  test('a rule with the labels of the workload, and not those of the one pod', () => {
    const { edits, opens } = healed(openGroups, { networkPolicies: all(closing) })
    const from = [{ podSelector: { matchLabels: { app: 'web' } } }]
    expect(places(edits)).toEqual([['api', ['spec', 'ingress', 0], { from, ports: [{ protocol: 'TCP', port: 8080 }] }]])
    expect(opens).toEqual([['shop/web', 'shop/api']])
  })

  test('both layers, when both deny', () => {
    expect(healed(closedGroups, { networkPolicies: all(closing) }).layers).toEqual(['securityGroup', 'networkPolicy'])
  })

  // AWS's engine compares egress with the service's address, which it admits for selectors that match the service's own selector alone.
  test('to a service: the labels that the service selects by', () => {
    const service = {
      metadata: { namespace: 'shop', name: 'api' },
      spec: { clusterIP: '172.20.0.10', selector: { app: 'api' }, ports: [{ protocol: 'TCP', port: 80, targetPort: 8080 }] },
    }
    const slice = {
      metadata: { namespace: 'shop', name: 'api-1', labels: { 'kubernetes.io/service-name': 'api' } },
      addressType: 'IPv4',
      ports: [{ name: '', protocol: 'TCP', port: 8080 }],
      endpoints: [{ addresses: ['10.0.2.50'], conditions: { ready: true }, targetRef: { kind: 'Pod', namespace: 'shop', name: 'api' } }],
    }
    const closed = networkPolicy('shop/web', { podSelector: { matchLabels: { app: 'web' } }, policyTypes: ['Egress'] })
    const asked: Question = { ...question, to: { service: 'shop/api' }, port: 80 }
    const { edits, answer } = healed(
      openGroups,
      { networkPolicies: all(closed), services: all(service as never), endpointSlices: all(slice as never) },
      asked,
    )
    const to = [{ podSelector: { matchLabels: { app: 'api' } } }]
    expect(places(edits)).toEqual([['web', ['spec', 'egress', 0], { to, ports: [{ protocol: 'TCP', port: 8080 }] }]])
    expect(answer.backends).toHaveLength(1)
  })
})

describe('what no rule lifts', () => {
  test('a link-local address in strict mode', () => {
    const result = heal(openGroups, {}, { from: { pod: 'shop/web' }, to: { address: '169.254.170.23' }, protocol: 'TCP', port: 80 })
    expect(result).toMatchObject({ because: expect.stringContaining('link-local'), answer: { verdict: 'deny' } })
  })

  test('what is not known', () => {
    const settingsUnread = { settings: { unread: { kind: 'k8s/DaemonSet', reason: 'access denied' } } }
    const asked: Question = { from: { pod: 'shop/web' }, to: { node: 'n1' }, protocol: 'TCP', port: 80 }
    expect(heal({ ...openGroups, ...settingsUnread }, {}, asked)).toMatchObject({ because: expect.stringContaining('not known') })
  })

  test('nothing has to be added to what is allowed', () => {
    expect(heal({ ...openGroups, settings: { value: settings() } })).toMatchObject({ edits: [], opens: [], answer: { verdict: 'allow' } })
  })
})
