import { expect, it } from 'vitest'
import { instanceId } from './instance-id.ts'

it.each([
  ['aws:///eu-west-1a/i-0123456789abcdef0', 'i-0123456789abcdef0'],
  ['aws:///cn-north-1b/i-0a', 'i-0a'],
  ['aws:///eu-west-1a/0c3b/fargate-ip-10-0-1-17.eu-west-1.compute.internal', undefined],
  ['eks-hybrid:///eu-west-1/prod/mi-0a1b2c3d4e5f60718', undefined],
  ['kind://docker/prod/prod-worker', undefined],
  ['', undefined],
  [undefined, undefined],
])('of a node with providerID %s is %s', (providerID, id) => {
  const spec = providerID === undefined ? {} : { providerID }
  expect(instanceId({ metadata: { name: 'a' }, spec })).toBe(id)
})
