import { describe, expect, it } from 'vitest'
import { recognise } from '#joints/define-symptoms.ts'
import symptoms from './symptoms.ts'

const seen = (text: string) => {
  const found = recognise(symptoms, text)
  return found === undefined ? undefined : [found.symptom.link, found.symptom.id, { ...found.parameters }]
}

/** Texts as public issues of the driver, of Kubernetes and of others quote them. */
describe('texts as they were seen', () => {
  it.each([
    [
      'failed to provision volume with StorageClass "ebscsi": rpc error: code = Internal desc = Could not create volume "pvc-fe35": failed to get an available volume in EC2: InvalidVolume.NotFound: The volume \'vol-036f02de0e81cbb95\' does not exist.',
      'key',
      'volume-taken-back',
      { volume: 'vol-036f02de0e81cbb95' },
    ],
    [
      '"errorCode": "Client.InvalidVolume.NotFound", "errorMessage": "The volume \'vol-032b5c6671123cc35\' does not exist."',
      'key',
      'volume-taken-back',
      { volume: 'vol-032b5c6671123cc35' },
    ],
    [
      'could not create volume in EC2: operation error EC2: CreateVolume, api error UnauthorizedOperation: You are not authorized to perform this operation.',
      'permission',
      'ec2-denied',
      {},
    ],
    [
      'CustomerKeyHasBeenRevoked: Volume vol-1 cannot be attached. The encrypted volume was unable to access the KMS master key',
      'key',
      'key-revoked',
      {},
    ],
    ['Cause: One or more of the attached Amazon EBS volumes are encrypted with an inaccessible AWS KMS key.', 'key', 'key-revoked', {}],
    [
      'Could not create volume "pvc-1": parameters on this idempotent request are inconsistent with parameters used in previous request(s)',
      'key',
      'request-differs-from-earlier',
      {},
    ],
    [
      'IdempotentParameterMismatch: The client token you have provided is associated with a resource that is already deleted. Please use a different client token.',
      'key',
      'token-of-deleted-volume',
      {},
    ],
    ['Invalid parameter key kms-key-id for CreateVolume', 'class', 'parameter-unknown', { parameter: 'kms-key-id' }],
    ['Cannot provision clone with different KMS key than source volume', 'class', 'clone-of-other-key', {}],
    [
      'CredentialsEndpointError: invalid endpoint host, "169.254.170.23", only loopback hosts are allowed.',
      'identity',
      'agent-address-refused',
      {},
    ],
    [
      'WebIdentityErr: failed to retrieve credentials caused by: AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity',
      'identity',
      'no-web-identity',
      {},
    ],
    [
      "Waiting for a volume to be created either by the external provisioner 'ebs.csi.eks.amazonaws.com' or manually by the system administrator.",
      'driver',
      'driver-absent',
      { driver: 'ebs.csi.eks.amazonaws.com' },
    ],
    ['0/3 nodes are available: 3 node(s) had volume node affinity conflict.', 'attachment', 'zone-conflict', {}],
    ['0/3 nodes are available: 3 node(s) exceed max volume count.', 'attachment', 'node-full', {}],
    ['0/1 nodes are available: persistentvolumeclaim "data" not found. not found', 'claim', 'claim-not-found', { claim: 'data' }],
    [
      'Multi-Attach error for volume "pvc-1" Volume is already exclusively attached to one node and can\'t be attached to another',
      'attachment',
      'attached-elsewhere',
      { volume: 'pvc-1' },
    ],
    [
      'failed to provision volume with StorageClass "ebs-sc": rpc error: code = DeadlineExceeded desc = context deadline exceeded',
      'permission',
      'ec2-not-reached',
      { class: 'ebs-sc' },
    ],
    ['could not get IMDS metadata', 'driver', 'no-metadata', {}],
  ])('%s', (text, link, id, parameters) => expect(seen(text)).toEqual([link, id, parameters]))
})

describe('what only looks like it', () => {
  it.each([
    'driver name secrets-store.csi.k8s.io not found in the list of registered CSI drivers',
    'User: arn:aws:sts::1:assumed-role/r/s is not authorized to perform: s3:GetObject on resource: x',
    'secrets "db" not found',
    "external provisioner 'efs.csi.aws.com'",
    '',
  ])('%s is not known', text => expect(seen(text)).toBeUndefined())
})

describe('a pattern', () => {
  it.each(symptoms.symptoms.map(symptom => [symptom.id, symptom] as const))('%s says its source and cause', (_, symptom) => {
    const { id, cause, pattern, source } = symptom
    expect(URL.canParse(source), id).toBe(true)
    expect(cause, id).toMatch(/\.$/)
    const names = new Set([...pattern.source.matchAll(/\(\?<(\w+)>/g)].map(([, name]) => name))
    for (const [, name] of cause.matchAll(/\{(\w+)\}/g)) expect(names, id).toContain(name)
  })
  it.each(symptoms.symptoms.map(symptom => [symptom.id, symptom] as const))('%s takes linear time on long text', (_, { pattern }) => {
    for (const piece of [
      'InvalidVolume.NotFound ',
      'UnauthorizedOperation',
      'failed to provision volume with StorageClass "a"',
      'vol-1 ',
      'a',
    ]) {
      const text = piece.repeat(Math.ceil(200_000 / piece.length))
      const before = performance.now()
      pattern.exec(text)
      expect(performance.now() - before, `${piece} again and again`).toBeLessThan(1500)
    }
  })
  it('is named once', () => expect(new Set(symptoms.symptoms.map(({ id }) => id)).size).toBe(symptoms.symptoms.length))
})
