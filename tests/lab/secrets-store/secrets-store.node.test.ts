import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { serviceAccountRole } from '../aws/service-account-role.ts'
import { poll } from '../process/poll.ts'
import { describeNode } from '../shared-lab.ts'
import type { SecretsStoreOptions } from './install.ts'

const namespace = 'secrets-store-test'
const value = { user: 'shop', password: 'known to the test' }

describeNode('secrets mounted on the node', lab => {
  const inNamespace = (...args: string[]) => lab.kubectl('--namespace', namespace, ...args)
  const apply = (...items: object[]) => lab.kubectlApply(JSON.stringify({ apiVersion: 'v1', kind: 'List', items }))
  let secretVersion: string | undefined

  const makeRole = (serviceAccount: string, statement: object) =>
    serviceAccountRole(lab, { name: `secrets-store-${serviceAccount}`, namespace, serviceAccount, policy: [statement] })

  const account = (name: string, role?: string) => ({
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name, namespace, annotations: role === undefined ? {} : { 'eks.amazonaws.com/role-arn': role } },
  })

  const secretProviderClass = (name: string, objects: readonly object[]) => ({
    apiVersion: 'secrets-store.csi.x-k8s.io/v1',
    kind: 'SecretProviderClass',
    metadata: { name, namespace },
    spec: { provider: 'aws', parameters: { objects: JSON.stringify(objects) } },
  })

  const pod = (name: string, serviceAccountName: string, className: string) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace },
    spec: {
      serviceAccountName,
      terminationGracePeriodSeconds: 1,
      containers: [
        { name: 'main', image: 'lab/probe:1', command: ['sleep', '1000'], volumeMounts: [{ name: 'secrets', mountPath: '/secrets' }] },
      ],
      volumes: [
        {
          name: 'secrets',
          csi: { driver: 'secrets-store.csi.k8s.io', readOnly: true, volumeAttributes: { secretProviderClass: className } },
        },
      ],
    },
  })

  /** What the kubelet says of a pod whose volume cannot be mounted. */
  const mountFailure = (name: string, expected: string) => {
    const events = [
      'get',
      'events',
      `--field-selector=involvedObject.name=${name},reason=FailedMount`,
      '--output=jsonpath={.items[*].message}',
    ]
    const ask = async () => {
      const messages = await inNamespace(...events)
      if (!messages.includes(expected)) throw new Error(messages)
      return messages
    }
    return poll(ask, { what: `a FailedMount of ${name} that says: ${expected}`, timeoutMilliseconds: 40_000, everyMilliseconds: 500 })
  }

  beforeAll(async () => {
    await lab.secretsStore()
    await lab.kubectl('create', 'namespace', namespace)
    await inNamespace('wait', '--for=create', 'serviceaccount/default', '--timeout=20s')
    const secret = new CreateSecretCommand({ Name: 'secrets-store-test/login', SecretString: JSON.stringify(value) })
    secretVersion = (await new SecretsManagerClient(lab.aws()).send(secret)).VersionId
    const parameter = new PutParameterCommand({ Name: '/secrets-store-test/colour', Value: 'green', Type: 'SecureString' })
    await new SSMClient(lab.aws()).send(parameter)
    const reads = { Effect: 'Allow', Action: ['secretsmanager:GetSecretValue', 'ssm:GetParameters'], Resource: '*' }
    const reader = await makeRole('reader', reads)
    const blind = await makeRole('blind', { ...reads, Effect: 'Deny' })
    await apply(account('reader', reader), account('blind', blind), account('plain'))
    await apply(
      secretProviderClass('login', [
        {
          objectName: 'secrets-store-test/login',
          objectType: 'secretsmanager',
          objectAlias: 'login',
          jmesPath: [{ path: 'password', objectAlias: 'password' }],
        },
        { objectName: '/secrets-store-test/colour', objectType: 'ssmparameter' },
      ]),
      secretProviderClass('absent', [{ objectName: 'secrets-store-test/absent', objectType: 'secretsmanager' }]),
      secretProviderClass('untyped', [{ objectName: 'secrets-store-test/login' }]),
    )
  })
  afterAll(async () => {
    await lab.kubectl('delete', 'namespace', namespace, '--wait=false')
    await lab.secretsStore()
  })

  test('a pod finds the secret, its parts and a parameter as files, and the status names their versions', async () => {
    await apply(pod('mounted', 'reader', 'login'))
    await inNamespace('wait', '--for=condition=Ready', 'pod/mounted', '--timeout=40s')
    const read = (file: string) => inNamespace('exec', 'mounted', '--', 'cat', `/secrets/${file}`)
    expect(JSON.parse(await read('login'))).toEqual(value)
    expect(await read('password')).toBe(value.password)
    expect(await read('_secrets-store-test_colour')).toBe('green')
    const name = `secretproviderclasspodstatus/mounted-${namespace}-login`
    const { status } = JSON.parse(await inNamespace('get', name, '--output=json')) as { status: { objects: object[]; mounted: boolean } }
    expect(status).toMatchObject({ mounted: true, podName: 'mounted', secretProviderClassName: 'login' })
    expect(status.objects).toEqual([
      { id: '_secrets-store-test_colour', version: '1' },
      { id: 'login', version: secretVersion },
      { id: 'password', version: secretVersion },
    ])
  })

  test("what goes wrong is said in the provider's words", async () => {
    await apply(
      pod('denied', 'blind', 'login'),
      pod('missing', 'reader', 'absent'),
      pod('roleless', 'plain', 'login'),
      pod('malformed', 'reader', 'untyped'),
    )
    // Denied access has no type in the SDK, so the provider does not tell it from a region that is away.
    await mountFailure(
      'denied',
      'Failed to fetch secret from all regions. Verify secret exists and required permissions are granted for: secrets-store-test/login',
    )
    await mountFailure(
      'missing',
      `${lab.region}: Failed fetching secret secrets-store-test/absent: operation error Secrets Manager: GetSecretValue`,
    )
    await mountFailure('missing', "ResourceNotFoundException: Secrets Manager can't find the specified secret.")
    await mountFailure('roleless', `An IAM role must be associated with service account plain (namespace: ${namespace})`)
    await mountFailure('malformed', 'Must use objectType when a full ARN is not specified: secrets-store-test/login')
  })

  const broken: readonly (readonly [string, SecretsStoreOptions, string])[] = [
    [
      'no-tokens',
      { tokenAudiences: [] },
      'CSI token error: serviceAccount.tokens not provided - ensure tokenRequests is configured in CSIDriver',
    ],
    [
      'other-audience',
      { tokenAudiences: ['pods.eks.amazonaws.com'] },
      'IRSA token extraction failed: token for audience "sts.amazonaws.com" not found - ensure tokenRequests includes this audience in CSIDriver',
    ],
    ['no-provider', { provider: false }, 'provider not found: provider "aws"'],
    ['no-driver', { driver: false }, 'driver name secrets-store.csi.k8s.io not found in the list of registered CSI drivers'],
  ]
  test.each(broken)('%s', async (name, options, text) => {
    await lab.secretsStore(options)
    await apply(pod(name, 'reader', 'login'))
    await mountFailure(name, text)
  })
})
