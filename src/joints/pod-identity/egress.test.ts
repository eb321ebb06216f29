import { describe, expect, it } from 'vitest'
import { Resource } from '#model/resource.ts'
import { allowingRule, egressPolicies } from './egress.ts'

const origin = { locate: () => ({ in: 'api', call: 'test', path: '.', excerpt: '' }) as const }

const policy = (spec: object) =>
  new Resource(
    'k8s/NetworkPolicy',
    'payments/out',
    { cluster: 'prod' },
    { metadata: { name: 'out', namespace: 'payments' }, spec } as never,
    origin,
  )

const agent = { address: '169.254.170.23', port: 80, protocol: 'TCP' } as const
const block = (cidr: string, except?: readonly string[]) => ({ ipBlock: { cidr, ...(except === undefined ? {} : { except }) } })

describe('whether an egress rule covers the agent', () => {
  it.each([
    ['no rule', [], false],
    ['an empty rule', [{}], true],
    ['an empty list of peers', [{ to: [] }], true],
    ['its address', [{ to: [block('169.254.170.23/32')] }], true],
    ['everything but link-local addresses', [{ to: [block('0.0.0.0/0', ['169.254.0.0/16'])] }], false],
    ['everything but the metadata service', [{ to: [block('0.0.0.0/0', ['169.254.169.254/32'])] }], true],
    [
      'a block excepted from, and its address beside it',
      [{ to: [block('0.0.0.0/0', ['169.254.0.0/16']), block('169.254.170.23/32')] }],
      true,
    ],
    ['every pod', [{ to: [{ namespaceSelector: {} }, { podSelector: {} }] }], false],
    ['its port', [{ ports: [{ port: 80 }] }], true],
    ['a range with its port', [{ ports: [{ port: 1, endPort: 80 }] }], true],
    ['a range beyond its port', [{ ports: [{ port: 81, endPort: 90 }] }], false],
    ['every port of a protocol', [{ ports: [{ protocol: 'TCP' }] }], true],
    ['every port of another protocol', [{ ports: [{ protocol: 'UDP' }] }], false],
    ['a named port', [{ ports: [{ port: 'http' }] }], false],
    [
      'address and port in two rules',
      [
        { to: [block('169.254.170.23/32')], ports: [{ port: 443 }] },
        { to: [block('10.0.0.0/8')], ports: [{ port: 80 }] },
      ],
      false,
    ],
  ])('%s: %s', (_, egress, expected) => {
    expect(allowingRule([policy({ podSelector: {}, egress })], agent) !== undefined).toBe(expected)
  })
})

describe('which policies limit egress', () => {
  const labels = { app: 'reader' }
  it.each([
    ['no types and no egress rules', { podSelector: {} }, false],
    ['no types and egress rules', { podSelector: {}, egress: [{}] }, true],
    ['the type alone', { podSelector: {}, policyTypes: ['Egress'] }, true],
    ['ingress alone', { podSelector: {}, policyTypes: ['Ingress'], egress: [{}] }, false],
    ['other pods', { podSelector: { matchLabels: { app: 'web' } }, policyTypes: ['Egress'] }, false],
    [
      'pods by expression',
      { podSelector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['reader'] }] }, policyTypes: ['Egress'] },
      true,
    ],
  ])('%s: %s', (_, spec, expected) => {
    expect(egressPolicies([policy(spec)], labels).length > 0).toBe(expected)
  })
})
