import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { serviceAccountRole } from '../aws/service-account-role.ts'
import { poll } from '../process/poll.ts'
import { claimsOf } from '../tokens.ts'
import { describeNode } from '../shared-lab.ts'

/** Prints, as JSON, who AWS says the pod is and what it reads. */
const askAws = `
const { STSClient, GetCallerIdentityCommand } = require('@aws-sdk/client-sts')
const { SecretsManagerClient, GetSecretValueCommand } = require('@aws-sdk/client-secrets-manager')
async function main() {
  const { Arn: caller } = await new STSClient().send(new GetCallerIdentityCommand({}))
  const read = id => new SecretsManagerClient().send(new GetSecretValueCommand({ SecretId: id })).then(
    answer => answer.SecretString,
    error => error.name,
  )
  console.log(JSON.stringify({ caller, allowed: await read('node-test/allowed'), denied: await read('node-test/denied') }))
}
main().catch(error => { console.error(error); process.exit(1) })
`

describeNode('a node of the lab', lab => {
  const namespace = 'node-test'
  const inNamespace = (...args: string[]) => lab.kubectl('--namespace', namespace, ...args)
  const object = (kind: string, name: string, fields: object, apiVersion = 'v1') => ({
    apiVersion,
    kind,
    metadata: { name, namespace },
    ...fields,
  })
  const apply = (...items: object[]) => lab.kubectlApply(JSON.stringify({ apiVersion: 'v1', kind: 'List', items }))
  const container = (image: string, ...command: string[]) => ({ name: 'main', image: `lab/${image}:1`, command })

  beforeAll(async () => {
    await lab.kubectl('create', 'namespace', namespace)
    await inNamespace('wait', '--for=create', 'serviceaccount/default', '--timeout=20s')
  })
  afterAll(() => lab.kubectl('delete', 'namespace', namespace, '--wait=false'))

  test('it is Ready and looks like one of a managed node group', async () => {
    const node = JSON.parse(await lab.kubectl('get', 'node', lab.node.name, '--output=json'))
    expect(node.status.conditions).toContainEqual(expect.objectContaining({ type: 'Ready', status: 'True' }))
    expect(node.status.addresses).toContainEqual({ type: 'InternalIP', address: lab.node.address })
    expect(node.spec.providerID).toMatch(/^aws:\/\/\/eu-west-1a\/i-[0-9a-f]{17}$/)
    expect(node.metadata.labels).toMatchObject({
      'node.kubernetes.io/instance-type': 'm5.large',
      'topology.kubernetes.io/zone': 'eu-west-1a',
    })
  })

  test('pods run, answer exec and logs, and reach each other through a Service and its name', async () => {
    const serve = "require('http').createServer((_, answer) => answer.end('served')).listen(8080, () => console.log('listening'))"
    const server = {
      metadata: { name: 'server', namespace, labels: { app: 'server' } },
      spec: {
        terminationGracePeriodSeconds: 1,
        containers: [
          { ...container('node', 'node', '-e', serve), readinessProbe: { httpGet: { path: '/', port: 8080 }, periodSeconds: 1 } },
        ],
      },
    }
    await apply(
      { apiVersion: 'v1', kind: 'Pod', ...server },
      object('Service', 'served', { spec: { selector: { app: 'server' }, ports: [{ port: 80, targetPort: 8080 }] } }),
    )
    await inNamespace('wait', '--for=condition=Ready', 'pod/server', '--timeout=30s')
    expect(await inNamespace('logs', 'server')).toBe('listening\n')
    const ask = "fetch('http://served.node-test.svc.cluster.local/').then(answer => answer.text()).then(console.log)"
    // kube-proxy hears of a ready pod within a second or two.
    const served = () => inNamespace('exec', 'server', '--', 'node', '-e', ask)
    expect(await poll(served, { what: 'the Service to lead to the pod', timeoutMilliseconds: 20_000 })).toBe('served\n')
  })

  test('Jobs end, and what they printed can be read', async () => {
    const template = { spec: { restartPolicy: 'Never', containers: [container('probe', 'sh', '-c', 'echo done by $(id -u)')] } }
    await apply(object('Job', 'job', { spec: { template } }, 'batch/v1'))
    await inNamespace('wait', '--for=condition=Complete', 'job/job', '--timeout=30s')
    expect(await inNamespace('logs', 'job/job')).toBe('done by 0\n')
  })

  test('a pod under an annotated service account gets credentials of its role and may do what the role may', async () => {
    const secrets = new SecretsManagerClient(lab.aws())
    const { ARN: allowed } = await secrets.send(new CreateSecretCommand({ Name: 'node-test/allowed', SecretString: 'known to the test' }))
    await secrets.send(new CreateSecretCommand({ Name: 'node-test/denied', SecretString: 'not for this role' }))
    const policy = [{ Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource: allowed }]
    const role = await serviceAccountRole(lab, { name: 'node-test-reader', namespace, serviceAccount: 'reader', policy })

    await lab.installWebhook()
    try {
      const annotations = { 'eks.amazonaws.com/role-arn': role }
      const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'reader', namespace, annotations } }
      // Nothing in its manifest speaks of the lab but the image: role, token and region come from the webhook.
      const spec = { serviceAccountName: 'reader', restartPolicy: 'Never', containers: [container('node', 'node', '-e', askAws)] }
      await apply(account, object('Pod', 'reader', { spec }))
      await inNamespace('wait', '--for=jsonpath={.status.phase}=Succeeded', 'pod/reader', '--timeout=40s')
    } finally {
      await lab.removeWebhook()
    }
    const answer = JSON.parse(await inNamespace('logs', 'reader'))
    expect(answer).toMatchObject({ allowed: 'known to the test', denied: 'AccessDeniedException' })
    expect(answer.caller).toMatch(new RegExp(`^arn:aws:sts::${lab.accountId}:assumed-role/node-test-reader/`))
  })

  test("the token in the pod is the cluster's own, for STS", async () => {
    const serviceAccountToken = { path: 'token', audience: 'sts.amazonaws.com', expirationSeconds: 3600 }
    const spec = {
      volumes: [{ name: 'token', projected: { sources: [{ serviceAccountToken }] } }],
      restartPolicy: 'Never',
      containers: [{ ...container('probe', 'cat', '/token/token'), volumeMounts: [{ name: 'token', mountPath: '/token' }] }],
    }
    await apply(object('Pod', 'token', { spec }))
    await inNamespace('wait', '--for=jsonpath={.status.phase}=Succeeded', 'pod/token', '--timeout=30s')
    expect(claimsOf(await inNamespace('logs', 'token'))).toMatchObject({
      iss: lab.issuer,
      aud: ['sts.amazonaws.com'],
      sub: `system:serviceaccount:${namespace}:default`,
      'kubernetes.io': { pod: { name: 'token' }, node: { name: lab.node.name } },
    })
  })
})
