import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DeleteLogGroupCommand,
  PutLogEventsCommand,
  PutRetentionPolicyCommand,
  PutSubscriptionFilterCommand,
} from '@aws-sdk/client-cloudwatch-logs'
import { CreateClusterCommand, CreatePodIdentityAssociationCommand, DeleteClusterCommand, EKSClient } from '@aws-sdk/client-eks'
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam'
import { CreateKeyCommand, KMSClient, PutKeyPolicyCommand } from '@aws-sdk/client-kms'
import type { Statement } from '#iam/document.ts'
import { clusterLogKeyStatement, shipperPolicy, type ClusterPlace } from '#joints/container-insights/least-privilege.ts'
import type { Lab } from '../lab.ts'
import { identity, versions } from '../versions.ts'

/** The name of an EKS cluster whose API server is the lab's: the lab's own keeps no logs and shares its groups with other suites. */
export const clusterName = 'container-insights-joint'
const namespace = 'amazon-cloudwatch'
const roleName = 'container-insights-joint'

/** The cluster as it ships, and what a test may do to it. */
export interface ShippingCluster {
  readonly keyId: string
  readonly groups: { readonly performance: string; readonly application: string; readonly controlPlane: string }
  setLogging(types: readonly string[]): Promise<void>
  setPolicy(document: object): Promise<void>
  setKeyPolicy(statements: readonly Statement[]): Promise<void>
  setNames(cluster: string, region: string): Promise<void>
  makeGroup(name: string, retentionInDays: number | undefined): Promise<void>
  undo(): Promise<void>
}

const place: ClusterPlace = { partition: 'aws', region: identity.region, account: identity.accountId, cluster: clusterName }
/** What the role of the shippers needs, and what CloudWatch Logs needs of the key: the documents of the page. */
export const smallest = { policy: shipperPolicy(place), key: [clusterLogKeyStatement(place)] } as const

export const kept = ['api', 'audit', 'authenticator']
const all = [...kept, 'controllerManager', 'scheduler']

const agentConfig = JSON.stringify({
  logs: { metrics_collected: { kubernetes: { cluster_name: clusterName, enhanced_container_insights: true } } },
})

const fluentBitConfig = `
[OUTPUT]
  Name                cloudwatch_logs
  Match               application.*
  region              \${AWS_REGION}
  log_group_name      /aws/containerinsights/\${CLUSTER_NAME}/application
  log_stream_prefix   \${HOST_NAME}-
  auto_create_group   true
`

const named = (kind: string, name: string, rest: object, apiVersion = 'v1') => ({
  apiVersion,
  kind,
  metadata: { name, ...(kind === 'Namespace' ? {} : { namespace }) },
  ...rest,
})

function daemonSet(name: string, container: object, configMap: string, spec: object = {}) {
  const labels = { 'k8s-app': name }
  const volumes = [{ name: 'config', configMap: { name: configMap } }]
  const template = {
    metadata: { labels },
    spec: { serviceAccountName: 'cloudwatch-agent', hostNetwork: true, containers: [container], volumes, ...spec },
  }
  return named('DaemonSet', name, { spec: { selector: { matchLabels: labels }, template } }, 'apps/v1')
}

const fluentBit = (cluster: string, region: string) =>
  daemonSet(
    'fluent-bit',
    {
      name: 'fluent-bit',
      image: 'public.ecr.aws/aws-observability/aws-for-fluent-bit:3.2.4',
      env: [
        { name: 'AWS_REGION', value: region },
        { name: 'CLUSTER_NAME', value: cluster },
        { name: 'HOST_NAME', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
      ],
    },
    'fluent-bit-config',
  )

const agent = daemonSet(
  'cloudwatch-agent',
  { name: 'otc-container', image: 'public.ecr.aws/cloudwatch-agent/cloudwatch-agent:1.300064.1b1344' },
  'cloudwatch-agent',
  { tolerations: [{ operator: 'Exists' }] },
)

/** Every link holds. There are no nodes: their pods would never run here. */
export async function shipCluster(lab: Lab): Promise<ShippingCluster> {
  const [eks, iam, kms, logs] = [
    new EKSClient(lab.aws()),
    new IAMClient(lab.aws()),
    new KMSClient(lab.aws()),
    new CloudWatchLogsClient(lab.aws()),
  ]
  const apply = (...items: object[]) => lab.kubectlApply(JSON.stringify({ apiVersion: 'v1', kind: 'List', items }))
  const groups = {
    performance: `/aws/containerinsights/${clusterName}/performance`,
    application: `/aws/containerinsights/${clusterName}/application`,
    controlPlane: `/aws/eks/${clusterName}/cluster`,
  }
  await apply(
    named('Namespace', namespace, {}),
    named('ServiceAccount', 'cloudwatch-agent', {}),
    named('ConfigMap', 'cloudwatch-agent', { data: { 'cwagentconfig.json': agentConfig } }),
    named('ConfigMap', 'fluent-bit-config', { data: { 'application-log.conf': fluentBitConfig } }),
    agent,
    fluentBit(clusterName, lab.region),
  )
  const roleArn = await makeRole(iam)
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}))
  const keyId = KeyMetadata?.KeyId ?? ''
  const shipping: ShippingCluster = {
    keyId,
    groups,
    async setLogging(types) {
      await makeCluster(eks, types)
      await eks.send(new CreatePodIdentityAssociationCommand({ clusterName, namespace, serviceAccount: 'cloudwatch-agent', roleArn }))
    },
    async setPolicy(document) {
      await iam.send(new PutRolePolicyCommand({ RoleName: roleName, PolicyName: 'write', PolicyDocument: JSON.stringify(document) }))
    },
    async setKeyPolicy(statements) {
      const root = { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${lab.accountId}:root` }, Action: 'kms:*', Resource: '*' }
      const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [root, ...statements] })
      await kms.send(new PutKeyPolicyCommand({ KeyId: keyId, PolicyName: 'default', Policy }))
    },
    setNames: (cluster, region) => apply(fluentBit(cluster, region)).then(() => undefined),
    async makeGroup(logGroupName, retentionInDays) {
      await logs.send(new DeleteLogGroupCommand({ logGroupName })).catch(ignoreMissing)
      await logs.send(
        new CreateLogGroupCommand({ logGroupName, ...(logGroupName === groups.application ? { kmsKeyId: KeyMetadata?.Arn } : {}) }),
      )
      if (retentionInDays !== undefined) await logs.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays }))
      if (logGroupName === groups.controlPlane) await fillControlPlane(lab, logs, logGroupName)
    },
    async undo() {
      await lab.kubectl('delete', 'daemonset', 'cloudwatch-agent', 'fluent-bit', '--namespace', namespace, '--ignore-not-found')
      for (const logGroupName of Object.values(groups)) await logs.send(new DeleteLogGroupCommand({ logGroupName })).catch(ignoreMissing)
      await eks.send(new DeleteClusterCommand({ name: clusterName }))
    },
  }
  await shipping.setLogging(kept)
  await shipping.setPolicy(smallest.policy)
  await shipping.setKeyPolicy(smallest.key)
  for (const name of Object.values(groups)) await shipping.makeGroup(name, 90)
  return shipping
}

const ignoreMissing = (error: unknown): void => {
  if (!(error instanceof Error) || error.name !== 'ResourceNotFoundException') throw error
}

/** ministack keeps the logging that a cluster is made with, and has no UpdateClusterConfig. */
async function makeCluster(eks: EKSClient, types: readonly string[]): Promise<void> {
  await eks.send(new DeleteClusterCommand({ name: clusterName })).catch(ignoreMissing)
  const off = all.filter(type => !types.includes(type))
  const clusterLogging = [
    { types: [...types], enabled: true },
    { types: off, enabled: false },
  ] as never
  await eks.send(
    new CreateClusterCommand({
      name: clusterName,
      version: versions.kubernetes.split('.').slice(0, 2).join('.'),
      roleArn: `arn:aws:iam::${identity.accountId}:role/${identity.clusterName}-cluster`,
      resourcesVpcConfig: { subnetIds: [] },
      logging: { clusterLogging },
    }),
  )
}

async function makeRole(iam: IAMClient): Promise<string> {
  const trust = { Effect: 'Allow', Principal: { Service: 'pods.eks.amazonaws.com' }, Action: ['sts:AssumeRole', 'sts:TagSession'] }
  const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [trust] })
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName: roleName, AssumeRolePolicyDocument }))
  return Role?.Arn ?? ''
}

/** An event of the audit log, and somewhere that its events go to. */
async function fillControlPlane({ region, accountId }: Lab, logs: CloudWatchLogsClient, logGroupName: string): Promise<void> {
  const logStreamName = 'kube-apiserver-audit-1'
  await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName }))
  await logs.send(new PutLogEventsCommand({ logGroupName, logStreamName, logEvents: [{ timestamp: Date.now(), message: '{}' }] }))
  const destinationArn = `arn:aws:firehose:${region}:${accountId}:deliverystream/security`
  await logs.send(new PutSubscriptionFilterCommand({ logGroupName, filterName: 'security', filterPattern: '', destinationArn }))
}
