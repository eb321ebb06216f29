import { expect, test } from 'vitest'
import { isAtLeast, parseImage, parseVersion } from './container-image.ts'

test.each([
  ['registry.k8s.io/csi-secrets-store/driver:v1.5.4', 'registry.k8s.io/csi-secrets-store/driver', 'v1.5.4', '1.5.4'],
  [
    '602401143452.dkr.ecr.eu-west-1.amazonaws.com/eks/aws-ebs-csi-driver:v1.38.1-eksbuild.2',
    '602401143452.dkr.ecr.eu-west-1.amazonaws.com/eks/aws-ebs-csi-driver',
    'v1.38.1-eksbuild.2',
    '1.38.1',
  ],
  ['localhost:5000/driver', 'localhost:5000/driver', undefined, undefined],
  ['localhost:5000/driver:2.1', 'localhost:5000/driver', '2.1', '2.1.0'],
  ['amazon/cloudwatch-agent:latest', 'amazon/cloudwatch-agent', 'latest', undefined],
  ['driver:v1.0.0@sha256:abc', 'driver', 'v1.0.0', '1.0.0'],
])('%s', (text, repository, tag, version) => {
  const image = parseImage(text)
  expect({ repository: image.repository, tag: image.tag }).toEqual({ repository, tag })
  expect(image.version).toEqual(version === undefined ? undefined : parseVersion(version))
})

test('versions go by number', () => {
  const version = parseVersion('v1.10.0')
  if (version === undefined) throw new Error('v1.10.0 is a version')
  expect([isAtLeast(version, '1.9.9'), isAtLeast(version, '1.10.0'), isAtLeast(version, '1.10.1')]).toEqual([true, true, false])
  expect(parseVersion('1.30.0-rc.1')).toEqual({ major: 1, minor: 30, patch: 0 })
})
