import { CloudWatchLogsClient, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs'
import { DescribeClusterCommand, EKSClient, ListAddonsCommand } from '@aws-sdk/client-eks'
import {
  CreateAliasCommand,
  CreateKeyCommand,
  DeleteAliasCommand,
  GetKeyPolicyCommand,
  KMSClient,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms'
import { afterAll, beforeAll, expect, test } from 'vitest'
import containerInsights from '#joints/container-insights/joint.ts'
import { containerInsightsInstalled } from '../../blueprints/container-insights-installed.ts'
import { policyText } from '../iam-principal.ts'
import { describeLab } from '../shared-lab.ts'
import { blueprintRun, type BlueprintRun } from './blueprint-run.ts'

const alias = 'alias/apply-logs'
/** Nobody writes logs here, nobody watches them, and no pod of a DaemonSet runs. */
const leaving = ['audit-log-gap', 'audit-log-unwatched', 'control-plane-logs-stale', 'logs-connection-denied', 'node-silent'].map(
  name => `container-insights/${name}`,
)

describeLab('logs of a blueprint on a live cluster and account', lab => {
  const [logs, eks, kms] = [new CloudWatchLogsClient(lab.aws()), new EKSClient(lab.aws()), new KMSClient(lab.aws())]
  const { clusterName } = lab
  let run: BlueprintRun
  let keyId = ''

  beforeAll(async () => {
    const root = { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${lab.accountId}:root` }, Action: 'kms:*', Resource: '*' }
    keyId = (await kms.send(new CreateKeyCommand({ Policy: policyText([root]) }))).KeyMetadata?.KeyId ?? ''
    await kms.send(new CreateAliasCommand({ AliasName: alias, TargetKeyId: keyId }))
    const declared = `insights: true, retention: 90d, key: ${alias}, controlPlane: [api, audit, authenticator]`
    run = blueprintRun(lab, `cluster: ${clusterName}\nlogs: { ${declared} }\n`)
  })
  afterAll(async () => {
    run.remove()
    await kms.send(new DeleteAliasCommand({ AliasName: alias }))
    await kms.send(new ScheduleKeyDeletionCommand({ KeyId: keyId, PendingWindowInDays: 7 }))
  })

  /** What is there of it in AWS. */
  async function made() {
    const groupsOf = async (logGroupNamePrefix: string) =>
      (await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix }))).logGroups ?? []
    const groups = [...(await groupsOf(`/aws/containerinsights/${clusterName}/`)), ...(await groupsOf(`/aws/eks/${clusterName}/`))]
    const { cluster } = await eks.send(new DescribeClusterCommand({ name: clusterName }))
    const { Policy = '' } = await kms.send(new GetKeyPolicyCommand({ KeyId: keyId, PolicyName: 'default' }))
    return {
      groups: groups
        .map(({ logGroupName, retentionInDays, kmsKeyId }) => `${logGroupName} ${retentionInDays} ${kmsKeyId?.endsWith(keyId) === true}`)
        .sort(),
      types: (cluster?.logging?.clusterLogging ?? []).flatMap(({ types = [], enabled }) => (enabled === true ? types : [])),
      statements: [(JSON.parse(Policy) as { readonly Statement: unknown }).Statement].flat().length,
      addon: (await eks.send(new ListAddonsCommand({ clusterName }))).addons?.includes('amazon-cloudwatch-observability') === true,
    }
  }

  test('are made, hold, are planned again to nothing, and undone to nothing', { timeout: 600_000 }, async () => {
    const nothing = { groups: [], types: [], statements: 1, addon: false }
    expect(await made()).toEqual(nothing)
    const steps = await run.plan()
    const done = await run.apply()
    const groups = [
      ...['application', 'dataplane', 'host', 'performance'].map(name => `/aws/containerinsights/${clusterName}/${name}`),
      `/aws/eks/${clusterName}/cluster`,
    ]
    expect(await made()).toEqual({
      groups: groups.map(name => `${name} 90 true`),
      types: ['api', 'audit', 'authenticator'],
      statements: 2,
      addon: true,
    })
    // EKS would bring these with the add-on; the emulator does not.
    await lab.kubectlApply(JSON.stringify({ apiVersion: 'v1', kind: 'List', items: containerInsightsInstalled }))
    try {
      expect(await run.scan(containerInsights, leaving)).toEqual({ findings: [], unknowns: [] })
      expect(await run.plan()).toEqual([])
    } finally {
      await lab.kubectl(
        'delete',
        'daemonset/cloudwatch-agent',
        'daemonset/fluent-bit',
        'serviceaccount/cloudwatch-agent',
        '-n',
        'amazon-cloudwatch',
      )
    }
    await run.undo(done)
    expect(await made()).toEqual(nothing)
    expect(await run.plan()).toEqual(steps)
  })
})
