import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeLab } from '../shared-lab.ts'
import type { Container, Pod } from './pod.ts'

const tokenPath = '/var/run/secrets/eks.amazonaws.com/serviceaccount'
const roleArn = 'arn:aws:iam::111122223333:role/reader'

describeLab('the pod identity webhook', lab => {
  const namespace = 'webhook-test'

  /** Creates the pod in the API server, with one container unless the spec says otherwise, and reads it back. */
  async function create(name: string, change: Record<string, unknown>, metadata: Record<string, unknown> = {}): Promise<Pod> {
    const spec = { serviceAccountName: 'reader', containers: [{ name: 'app', image: 'app' }], ...change }
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace, ...metadata }, spec }
    await lab.kubectlApply(JSON.stringify(pod))
    return JSON.parse(await lab.kubectl('get', 'pod', name, '--namespace', namespace, '--output=json')) as Pod
  }

  const environment = (container: Container | undefined) =>
    Object.fromEntries((container?.env ?? []).map(({ name, value }) => [name, value]))
  const tokenVolume = (pod: Pod) => pod.spec.volumes?.find(({ name }) => name === 'aws-iam-token')
  const tokenMount = (container: Container | undefined) => container?.volumeMounts?.find(({ name }) => name === 'aws-iam-token')

  beforeAll(async () => {
    await lab.kubectlApply(`
      {apiVersion: v1, kind: List, items: [
        {apiVersion: v1, kind: Namespace, metadata: {name: ${namespace}}},
        {apiVersion: v1, kind: ServiceAccount, metadata: {name: plain, namespace: ${namespace}}},
        {apiVersion: v1, kind: ServiceAccount, metadata: {name: reader, namespace: ${namespace}, annotations: {
          eks.amazonaws.com/role-arn: "${roleArn}"}}},
        {apiVersion: v1, kind: ServiceAccount, metadata: {name: tuned, namespace: ${namespace}, annotations: {
          eks.amazonaws.com/role-arn: "${roleArn}", eks.amazonaws.com/audience: other.example,
          eks.amazonaws.com/sts-regional-endpoints: "false", eks.amazonaws.com/token-expiration: "7200"}}}]}`)
    await lab.installWebhook()
  })
  afterAll(() => lab.removeWebhook())

  test('every container of a pod whose service account names a role gets environment, volume and mount', async () => {
    const pod = await create('injected', {
      containers: [
        { name: 'app', image: 'app' },
        { name: 'side', image: 'side' },
      ],
      initContainers: [{ name: 'first', image: 'first' }],
    })
    for (const container of [...pod.spec.containers, ...(pod.spec.initContainers ?? [])]) {
      expect(environment(container)).toEqual({
        AWS_STS_REGIONAL_ENDPOINTS: 'regional',
        AWS_DEFAULT_REGION: 'eu-west-1',
        AWS_REGION: 'eu-west-1',
        AWS_ROLE_ARN: roleArn,
        AWS_WEB_IDENTITY_TOKEN_FILE: `${tokenPath}/token`,
      })
      expect(tokenMount(container)).toMatchObject({ mountPath: tokenPath, readOnly: true })
    }
    expect(tokenVolume(pod)).toMatchObject({
      projected: {
        sources: [{ serviceAccountToken: { audience: 'sts.amazonaws.com', expirationSeconds: 86_400, path: 'token' } }],
      },
    })
  })

  test('annotations of the service account and the pod tune it', async () => {
    const source = async (name: string, annotations: Record<string, string>) =>
      tokenVolume(await create(name, { serviceAccountName: 'tuned' }, { annotations }))
    const withExpiration = (expirationSeconds: number) => ({
      projected: { sources: [{ serviceAccountToken: { audience: 'other.example', expirationSeconds } }] },
    })
    const key = 'eks.amazonaws.com/token-expiration'
    expect(await source('expiration-account', {})).toMatchObject(withExpiration(7200))
    expect(await source('expiration-pod', { [key]: '4000' })).toMatchObject(withExpiration(4000))
    expect(await source('expiration-short', { [key]: '60' })).toMatchObject(withExpiration(600))
    expect(await source('expiration-words', { [key]: 'an hour' })).toMatchObject(withExpiration(7200))
    const pod = await create('regional', { serviceAccountName: 'tuned' })
    expect(environment(pod.spec.containers[0])).not.toHaveProperty('AWS_STS_REGIONAL_ENDPOINTS')
  })

  test('containers named to be skipped stay as they are; a malformed list skips none', async () => {
    const containers = [
      { name: 'app', image: 'app' },
      { name: 'side', image: 'side' },
    ]
    const key = 'eks.amazonaws.com/skip-containers'
    const skipping = await create('skipping', { containers }, { annotations: { [key]: 'side, other' } })
    expect(skipping.spec.containers.map(container => tokenMount(container) !== undefined)).toEqual([true, false])
    const malformed = await create('malformed', { containers }, { annotations: { [key]: 'si"de' } })
    expect(malformed.spec.containers.every(container => tokenMount(container))).toBe(true)
  })

  test('what a container already defines is kept', async () => {
    const one = [{ name: 'app', image: 'app', env: [{ name: 'AWS_ROLE_ARN', value: 'mine' }] }]
    const kept = await create('kept', { containers: one })
    expect(environment(kept.spec.containers[0])).toMatchObject({ AWS_ROLE_ARN: 'mine', AWS_REGION: 'eu-west-1' })
    expect(environment(kept.spec.containers[0])).not.toHaveProperty('AWS_WEB_IDENTITY_TOKEN_FILE')
    expect(tokenMount(kept.spec.containers[0])).toBeDefined()

    const names = ['AWS_ROLE_ARN', 'AWS_REGION', 'AWS_STS_REGIONAL_ENDPOINTS']
    const env = names.map(name => ({ name, value: 'mine' }))
    const early = await create('early', { containers: [{ name: 'app', image: 'app', env }] })
    expect(tokenVolume(early)).toBeDefined()
    expect(tokenMount(early.spec.containers[0])).toBeUndefined()
  })

  test('pods without a role, and pods that carry the skip label, are left alone', async () => {
    expect(tokenVolume(await create('plain', { serviceAccountName: 'plain' }))).toBeUndefined()
    const labels = { 'eks.amazonaws.com/skip-pod-identity-webhook': 'true' }
    expect(tokenVolume(await create('skipped', {}, { labels }))).toBeUndefined()
  })

  test('pods for Windows get the variable of Windows, by their node selector only, and the mount of Linux', async () => {
    const pod = await create('windows', { nodeSelector: { 'kubernetes.io/os': 'windows' } })
    expect(tokenMount(pod.spec.containers[0])?.mountPath).toBe('/var/run/secrets/eks.amazonaws.com/serviceaccount')
    const file = pod.spec.containers[0]?.env?.find(({ name }) => name === 'AWS_WEB_IDENTITY_TOKEN_FILE')
    expect(file?.value).toBe(String.raw`C:\var\run\secrets\eks.amazonaws.com\serviceaccount\token`)
  })

  test('a removed webhook changes no pod', async () => {
    await lab.removeWebhook()
    expect(tokenVolume(await create('removed', {}))).toBeUndefined()
    await lab.installWebhook()
  })
})
