import { describe, expect, test } from 'vitest'
import {
  all,
  baseInput,
  group,
  networkInterface,
  nodeInterfaces,
  nodes,
  pod,
  rule,
  settings,
} from '../../../tests/network/small-cluster.ts'
import type { VpcCniSettings } from '../input.ts'
import { compileAws } from './compile-aws.ts'

const externalServiceCidrs = ['198.51.100.0/24', '10.0.2.0/25']
/** Of the node's primary interface, of its second one, and of one of its own. */
const pods = all(
  pod({ id: 'shop/first', node: 'n1', address: '10.0.1.100' }),
  pod({ id: 'shop/second', node: 'n1', address: '10.0.1.50' }),
  pod({ id: 'shop/branch', node: 'n1', address: '10.0.1.60', branch: 'eni-branch' }),
  pod({ id: 'shop/far', node: 'n2', address: '10.0.2.100' }),
)
const interfaces = [
  ...nodeInterfaces,
  networkInterface({ id: 'eni-n1-2', subnet: 'subnet-a', addresses: ['10.0.1.50'], groups: ['sg-node'], instance: 'i-1', device: 1 }),
  networkInterface({ id: 'eni-branch', subnet: 'subnet-a', addresses: ['10.0.1.60'], groups: ['sg-node'], branchOf: 'eni-trunk' }),
]

function verdicts(to: string, changed: Partial<VpcCniSettings>) {
  const layer = compileAws(
    baseInput({
      settings: { value: settings({ securityGroupMode: 'standard', externalServiceCidrs, ...changed }) },
      networkInterfaces: all(...interfaces),
      securityGroups: all(group('sg-node', [rule('all', 'sg-node')])),
    }),
    pods,
    all(...nodes),
  )
  const end = to.includes('/') ? layer.pod(to)! : layer.address(to)
  const of = (id: string) => layer.verdict(layer.pod(`shop/${id}`)!, end, false, 'TCP', 443)
  return { first: of('first'), second: of('second'), branch: of('branch') }
}

/** https://github.com/aws/amazon-vpc-cni-k8s#aws_external_service_cidrs-v1126 */
describe('what is routed by the main table', () => {
  test('leaves with the address of the node where the node translates it', () => {
    expect(verdicts('198.51.100.7', {})).toEqual({ first: 'allow', second: 'allow', branch: 'allow' })
  })
  test('is not known to arrive from an interface that is not the primary one, without translation', () => {
    expect(verdicts('198.51.100.7', { externalSnat: true })).toEqual({ first: 'allow', second: 'unknown', branch: 'unknown' })
    expect(verdicts('198.51.100.7', { excludeSnatCidrs: ['198.51.100.0/24'] }).second).toBe('unknown')
    expect(verdicts('192.0.2.7', { externalSnat: true })).toEqual({ first: 'allow', second: 'allow', branch: 'allow' })
  })
  test('inside the VPC neither', () => {
    expect(verdicts('shop/far', {})).toEqual({ first: 'allow', second: 'unknown', branch: 'unknown' })
    expect(verdicts('shop/far', { externalServiceCidrs: [] })).toEqual({ first: 'allow', second: 'allow', branch: 'allow' })
  })
  test('is no branch interface of strict mode, whose rules go before', () => {
    expect(verdicts('shop/far', { securityGroupMode: 'strict' })).toEqual({ first: 'allow', second: 'unknown', branch: 'allow' })
  })
})
