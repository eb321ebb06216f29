import { expect, test } from 'vitest'
import { comparisonFor, sameValue } from './comparison.ts'

const pair = (GroupId: string) => ({ GroupId, UserId: '111122223333' })
const tcp = (port: number, ...UserIdGroupPairs: object[]) => ({ IpProtocol: 'tcp', FromPort: port, ToPort: port, UserIdGroupPairs })

test.each([
  ['lists in another order', [{ a: 1 }, { b: 2 }], [{ b: 2 }, { a: 1 }], true],
  ['a list that has an item twice', [{ a: 1 }, { a: 1 }], [{ a: 1 }, { b: 2 }], false],
  ['one text and a list of it', 's3:GetObject', ['s3:GetObject'], true],
  ['what is empty and what is not there', { Ipv6Ranges: [], Description: '' }, {}, true],
  ['settings in JSON', '{"env":{"A":"1","B":"2"}}', '{ "env": { "B": "2", "A": "1" } }', true],
  ['other settings', '{"env":{"A":"1"}}', '{"env":{"A":"2"}}', false],
  ['settings that are no JSON', '{env', '{env: 1', false],
  ['rules in other groups', [tcp(80, pair('a'), pair('b'))], [tcp(80, pair('b')), { ...tcp(80, pair('a')), IpRanges: [] }], true],
  ['a rule more', [tcp(80, pair('a'), pair('b'))], [tcp(80, pair('b'))], false],
  ['another port', [tcp(80, pair('a'))], [tcp(81, pair('a'))], false],
])('%s', (_what, a, b, expected) => {
  expect([sameValue(a, b), sameValue(b, a)]).toEqual([expected, expected])
})

test('what AWS adds to a rule is no difference from what was wanted, and what it lacks is', () => {
  const { holds } = comparisonFor('aws/ec2/SecurityGroup')
  const given = [tcp(80, { ...pair('a'), VpcId: 'vpc-1' })]
  expect([holds(given, [tcp(80, pair('a'))]), holds([tcp(80, pair('a'))], given)]).toEqual([true, false])
})

test('lists of Kubernetes have an order', () => {
  const { same, holds } = comparisonFor('k8s/Deployment')
  expect(same(['x', 'y'], ['y', 'x'])).toBe(false)
  expect(holds([{ name: 'a', added: true }], [{ name: 'a' }])).toBe(true)
})
