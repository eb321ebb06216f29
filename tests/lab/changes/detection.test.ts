import {
  CreateSubnetCommand,
  CreateVpcCommand,
  DeleteSubnetCommand,
  DeleteVpcCommand,
  DescribeSecurityGroupsCommand,
  DescribeVpcEndpointsCommand,
  EC2Client,
  ModifyVpcAttributeCommand,
} from '@aws-sdk/client-ec2'
import { DeleteClusterCommand, EKSClient } from '@aws-sdk/client-eks'
import {
  DeleteDetectorCommand,
  GetDetectorCommand,
  GuardDutyClient,
  ListDetectorsCommand,
  UpdateDetectorCommand,
} from '@aws-sdk/client-guardduty'
import { afterAll, beforeAll, expect, test } from 'vitest'
import guardduty from '#joints/guardduty/joint.ts'
import { agentDaemonSet } from '../guardduty/watched-cluster.ts'
import { describeLab } from '../shared-lab.ts'
import { makeCluster } from '../sources/make-network.ts'
import { blueprintRun, type BlueprintRun } from './blueprint-run.ts'

/** GuardDuty would install its agent and make the endpoint; here nothing does, and who is told of findings is no matter of a blueprint. */
const leaving = [
  'agent-missing',
  'coverage-loss-unnoticed',
  'coverage-nodes-missing',
  'coverage-unhealthy',
  'endpoint-closed-to-nodes',
  'endpoint-missing',
  'endpoint-name-not-private',
  'endpoint-policy-denies',
  'endpoint-zone-missing',
  'findings-published-nowhere',
].map(name => `guardduty/${name}`)

describeLab('detection of a blueprint on a live account', lab => {
  const client = new GuardDutyClient(lab.aws())
  let run: BlueprintRun

  const detectors = async () => (await client.send(new ListDetectorsCommand({}))).DetectorIds ?? []
  /** What of a detector concerns EKS. */
  async function made(): Promise<object | undefined> {
    const [DetectorId] = await detectors()
    if (DetectorId === undefined) return undefined
    const { Status, Features = [] } = await client.send(new GetDetectorCommand({ DetectorId }))
    const of = (name: string) => Features.find(({ Name }) => Name === name)
    const management = (name: string) => of(name)?.AdditionalConfiguration?.find(({ Name }) => Name === 'EKS_ADDON_MANAGEMENT')?.Status
    return {
      detector: Status,
      audit: of('EKS_AUDIT_LOGS')?.Status,
      runtime: of('RUNTIME_MONITORING')?.Status,
      management: management('RUNTIME_MONITORING'),
      legacy: of('EKS_RUNTIME_MONITORING')?.Status,
    }
  }
  const whole = { detector: 'ENABLED', audit: 'ENABLED', runtime: 'ENABLED', management: 'ENABLED', legacy: 'DISABLED' }

  /** A region has one detector: that of another suite goes. */
  async function removeDetectors(): Promise<void> {
    for (const DetectorId of await detectors()) await client.send(new DeleteDetectorCommand({ DetectorId }))
  }
  beforeAll(async () => {
    await removeDetectors()
    run = blueprintRun(lab, `cluster: ${lab.clusterName}\ndetection: { guardduty: [audit-logs, runtime] }\n`)
  })
  afterAll(async () => {
    run.remove()
    await removeDetectors()
  })

  test('is made, holds, is planned again to nothing, and undone to nothing', { timeout: 600_000 }, async () => {
    expect(await run.plan()).toEqual([`switch GuardDuty on in ${lab.region}`])
    const done = await run.apply()
    expect(await made()).toEqual(whole)
    expect(await run.scan(guardduty, leaving)).toEqual({ findings: [], unknowns: [] })
    expect(await run.plan()).toEqual([])
    await run.undo(done)
    expect(await made()).toBeUndefined()
  })

  test('a detector under the older name is moved, one request for each feature, and moved back', { timeout: 600_000 }, async () => {
    const first = await run.plan()
    expect(first).toHaveLength(1)
    await run.apply()
    const [DetectorId = ''] = await detectors()
    const set = (...Features: object[]) => client.send(new UpdateDetectorCommand({ DetectorId, Features: Features as never }))
    const off = { Name: 'EKS_ADDON_MANAGEMENT', Status: 'DISABLED' }
    await set(
      { Name: 'EKS_AUDIT_LOGS', Status: 'DISABLED' },
      { Name: 'RUNTIME_MONITORING', Status: 'DISABLED', AdditionalConfiguration: [off] },
    )
    await set({ Name: 'EKS_RUNTIME_MONITORING', Status: 'ENABLED', AdditionalConfiguration: [{ ...off, Status: 'ENABLED' }] })
    const before = await made()
    expect(await run.plan()).toEqual([
      'let GuardDuty watch the audit logs of EKS',
      'switch RUNTIME_MONITORING on',
      'let GuardDuty install its agent',
      'switch EKS_RUNTIME_MONITORING off, which RUNTIME_MONITORING replaces',
    ])
    const done = await run.apply()
    expect(await made()).toEqual(whole)
    expect(await run.plan()).toEqual([])
    await run.undo(done)
    expect(await made()).toEqual(before)
  })

  test(
    'where somebody installed the agent, the endpoint that it sends by is made with its group, and undone',
    { timeout: 600_000 },
    async () => {
      await removeDetectors()
      const name = 'apply-endpoint'
      const [ec2, eks] = [new EC2Client(lab.aws()), new EKSClient(lab.aws())]
      const VpcId = (await ec2.send(new CreateVpcCommand({ CidrBlock: '10.94.0.0/16' }))).Vpc?.VpcId ?? ''
      for (const attribute of [{ EnableDnsSupport: { Value: true } }, { EnableDnsHostnames: { Value: true } }])
        await ec2.send(new ModifyVpcAttributeCommand({ VpcId, ...attribute }))
      const { Subnet } = await ec2.send(new CreateSubnetCommand({ VpcId, CidrBlock: '10.94.1.0/24' }))
      await makeCluster(lab, name, VpcId, Subnet?.SubnetId ?? '')
      await lab.kubectlApply(agentDaemonSet)
      const own = blueprintRun(lab, `cluster: ${name}\ndetection: { guardduty: [runtime] }\n`, name)
      const ofVpc = { Filters: [{ Name: 'vpc-id', Values: [VpcId] }] }
      const there = async () => ({
        endpoints: ((await ec2.send(new DescribeVpcEndpointsCommand(ofVpc))).VpcEndpoints ?? []).map(
          ({ ServiceName, VpcEndpointType, PrivateDnsEnabled, SubnetIds, Tags, PolicyDocument = '' }) => ({
            ServiceName,
            VpcEndpointType,
            PrivateDnsEnabled,
            SubnetIds,
            Tags,
            isForAccount: PolicyDocument.includes(`"aws:PrincipalAccount":"${lab.accountId}"`),
          }),
        ),
        entries: ((await ec2.send(new DescribeSecurityGroupsCommand(ofVpc))).SecurityGroups ?? []).flatMap(
          ({ GroupName, IpPermissions = [] }) =>
            GroupName === `${name}-guardduty-data`
              ? IpPermissions.map(({ FromPort, ToPort, IpRanges }) => [FromPort, ToPort, IpRanges?.map(({ CidrIp }) => CidrIp)])
              : [],
        ),
      })
      const made = {
        endpoints: [
          {
            ServiceName: `com.amazonaws.${lab.region}.guardduty-data`,
            VpcEndpointType: 'Interface',
            PrivateDnsEnabled: true,
            SubnetIds: [Subnet?.SubnetId],
            Tags: [{ Key: 'managed-by', Value: 'mortise' }],
            isForAccount: true,
          },
        ],
        entries: [[443, 443, ['10.94.0.0/16']]],
      }
      try {
        const steps = await own.plan()
        expect(steps).toEqual([
          `switch GuardDuty on in ${lab.region}`,
          `create security group ${name}-guardduty-data`,
          `let the VPC into group ${name}-guardduty-data on port 443`,
          `make the endpoint guardduty-data in ${VpcId}`,
        ])
        const done = await own.apply()
        expect(await there()).toEqual(made)
        expect(await own.plan()).toEqual([])
        const open = leaving.filter(id => !id.startsWith('guardduty/endpoint-'))
        expect((await own.scan(guardduty, open)).findings.filter(text => text.startsWith('guardduty/endpoint-'))).toEqual([])
        await own.undo(done)
        expect(await there()).toEqual({ endpoints: [], entries: [] })
      } finally {
        own.remove()
        await lab.kubectl('delete', 'daemonset/aws-guardduty-agent', '-n', 'amazon-guardduty')
        await eks.send(new DeleteClusterCommand({ name }))
        await ec2.send(new DeleteSubnetCommand({ SubnetId: Subnet?.SubnetId }))
        await ec2.send(new DeleteVpcCommand({ VpcId }))
      }
    },
  )
})
