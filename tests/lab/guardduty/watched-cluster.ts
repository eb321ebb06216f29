import {
  CreateSubnetCommand,
  CreateVpcCommand,
  CreateVpcEndpointCommand,
  DeleteVpcEndpointsCommand,
  DescribeVpcEndpointsCommand,
  EC2Client,
  ModifyVpcAttributeCommand,
} from '@aws-sdk/client-ec2'
import { CreateAddonCommand, DeleteAddonCommand, DeleteClusterCommand, EKSClient } from '@aws-sdk/client-eks'
import { DeleteRuleCommand, EventBridgeClient, PutRuleCommand, PutTargetsCommand, RemoveTargetsCommand } from '@aws-sdk/client-eventbridge'
import { CreateDetectorCommand, GuardDutyClient, ListDetectorsCommand, type DetectorFeatureConfiguration } from '@aws-sdk/client-guardduty'
import { endpointPolicy } from '#joints/guardduty/least-privilege.ts'
import { createCluster } from '../aws/create-cluster.ts'
import type { Lab } from '../lab.ts'
import { identity, versions } from '../versions.ts'

/** The name of an EKS cluster in a VPC of its own, whose API server is the lab's: the lab's own cluster names a VPC that is not there. */
export const clusterName = 'guardduty-joint'

/** The cluster as GuardDuty watches it, and what a test may do to it. */
export interface WatchedCluster {
  readonly detectorId: string
  readonly vpc: string
  /** In place of the endpoint that is there; undefined: none. */
  setEndpoint(endpoint: EndpointShape | undefined): Promise<void>
  /** What GuardDuty says of its agent; it computes it from agents, of which the lab has none. */
  setCoverage(status: 'HEALTHY' | 'UNHEALTHY', issue?: string): Promise<void>
  setRule(pattern: string | undefined): Promise<void>
  addAgent(): Promise<void>
  removeAgent(): Promise<void>
  undo(): Promise<void>
}

export interface EndpointShape {
  readonly account?: string
  readonly isPrivate?: boolean
}

const namespace = 'amazon-guardduty'
const ruleName = 'guardduty-joint'

/** As the add-on makes it, as far as the joint looks at it. */
export const agentDaemonSet = `
apiVersion: v1
kind: Namespace
metadata: { name: ${namespace} }
---
apiVersion: apps/v1
kind: DaemonSet
metadata: { name: aws-guardduty-agent, namespace: ${namespace} }
spec:
  selector: { matchLabels: { k8s-app: aws-guardduty-agent } }
  template:
    metadata: { labels: { k8s-app: aws-guardduty-agent } }
    spec:
      hostNetwork: true
      hostPID: true
      containers:
        - name: aws-guardduty-agent
          image: 602401143452.dkr.ecr.eu-west-1.amazonaws.com/aws-guardduty-agent:v1.11.0
`

/** Every link holds: detector, plans, agent, endpoint, coverage, and a rule that tells somebody. */
export async function watchCluster(lab: Lab): Promise<WatchedCluster> {
  const eks = new EKSClient(lab.aws())
  const ec2 = new EC2Client(lab.aws())
  const vpc = await makeCluster(ec2, eks)
  for (const attribute of [{ EnableDnsSupport: { Value: true } }, { EnableDnsHostnames: { Value: true } }])
    await ec2.send(new ModifyVpcAttributeCommand({ VpcId: vpc, ...attribute }))
  const detectorId = await makeDetector(lab)
  const watched: WatchedCluster = {
    detectorId,
    vpc,
    setEndpoint: endpoint => setEndpoint(lab, ec2, vpc, endpoint),
    setCoverage: (status, issue) => setCoverage(lab, detectorId, status, issue),
    setRule: pattern => setRule(lab, pattern),
    addAgent: () => addAgent(lab, eks),
    removeAgent: () => removeAgent(lab, eks),
    undo: async () => {
      await watched.setEndpoint(undefined)
      await watched.setRule(undefined)
      await watched.removeAgent()
      await labCall(lab, detectorId, 'DELETE')
      await eks.send(new DeleteClusterCommand({ name: clusterName }))
    },
  }
  await watched.setEndpoint({})
  await watched.setRule('{"source":["aws.guardduty"]}')
  await watched.addAgent()
  await watched.setCoverage('HEALTHY')
  return watched
}

/** Answers the VPC. */
async function makeCluster(ec2: EC2Client, eks: EKSClient): Promise<string> {
  const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: '10.92.0.0/16' }))
  const vpcId = Vpc?.VpcId ?? ''
  const { Subnet } = await ec2.send(new CreateSubnetCommand({ VpcId: vpcId, CidrBlock: '10.92.1.0/24' }))
  await createCluster(
    eks,
    {
      name: clusterName,
      version: versions.kubernetes.split('.').slice(0, 2).join('.'),
      roleArn: `arn:aws:iam::${identity.accountId}:role/${identity.clusterName}-cluster`,
      resourcesVpcConfig: { subnetIds: [Subnet?.SubnetId ?? ''] },
    },
    vpcId,
  )
  return vpcId
}

/** A region has one detector: that of another suite goes. */
async function makeDetector(lab: Lab): Promise<string> {
  const guardduty = new GuardDutyClient(lab.aws())
  const { DetectorIds = [] } = await guardduty.send(new ListDetectorsCommand({}))
  for (const id of DetectorIds) await labCall(lab, id, 'DELETE')
  const { DetectorId = '' } = await guardduty.send(new CreateDetectorCommand({ Enable: true, Features: [runtime('ENABLED', 'ENABLED')] }))
  return DetectorId
}

export const runtime = (
  Status: 'ENABLED' | 'DISABLED',
  management: 'ENABLED' | 'DISABLED',
  legacy = false,
): DetectorFeatureConfiguration => ({
  Name: legacy ? 'EKS_RUNTIME_MONITORING' : 'RUNTIME_MONITORING',
  Status,
  AdditionalConfiguration: [{ Name: 'EKS_ADDON_MANAGEMENT', Status: management }],
})

async function labCall({ awsEndpoint }: Lab, detectorId: string, method: string, body?: object): Promise<void> {
  const url = `${awsEndpoint}/_lab/guardduty/${detectorId}`
  const answer = await fetch(url, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })
  if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status} ${await answer.text()}`)
}

async function setEndpoint(lab: Lab, ec2: EC2Client, vpc: string, endpoint: EndpointShape | undefined): Promise<void> {
  const ServiceName = `com.amazonaws.${lab.region}.guardduty-data`
  const { VpcEndpoints = [] } = await ec2.send(new DescribeVpcEndpointsCommand({}))
  const ids = VpcEndpoints.flatMap(each => (each.ServiceName === ServiceName && each.VpcId === vpc ? (each.VpcEndpointId ?? []) : []))
  if (ids.length > 0) await ec2.send(new DeleteVpcEndpointsCommand({ VpcEndpointIds: ids }))
  if (endpoint === undefined) return
  const { account = lab.accountId, isPrivate = true } = endpoint
  const PolicyDocument = JSON.stringify(endpointPolicy([account]))
  await ec2.send(
    new CreateVpcEndpointCommand({ VpcId: vpc, ServiceName, VpcEndpointType: 'Interface', PrivateDnsEnabled: isPrivate, PolicyDocument }),
  )
}

const setCoverage = (lab: Lab, detectorId: string, coverageStatus: string, issue?: string): Promise<void> =>
  labCall(lab, detectorId, 'POST', {
    coverage: [
      {
        resourceId: 'guardduty-joint',
        detectorId,
        accountId: lab.accountId,
        coverageStatus,
        ...(issue === undefined ? {} : { issue }),
        resourceDetails: {
          resourceType: 'EKS',
          eksClusterDetails: { clusterName, coveredNodes: 0, compatibleNodes: 0, managementType: 'AUTO_MANAGED' },
        },
        updatedAt: Date.now() / 1000,
      },
    ],
  })

async function setRule(lab: Lab, pattern: string | undefined): Promise<void> {
  const events = new EventBridgeClient(lab.aws())
  if (pattern === undefined) {
    await events.send(new RemoveTargetsCommand({ Rule: ruleName, Ids: ['1'] }))
    await events.send(new DeleteRuleCommand({ Name: ruleName }))
    return
  }
  await events.send(new PutRuleCommand({ Name: ruleName, EventPattern: pattern, State: 'ENABLED' }))
  const Arn = `arn:aws:sns:${lab.region}:${lab.accountId}:guardduty-joint`
  await events.send(new PutTargetsCommand({ Rule: ruleName, Targets: [{ Id: '1', Arn }] }))
}

const addonName = 'aws-guardduty-agent'

async function addAgent(lab: Lab, eks: EKSClient): Promise<void> {
  await lab.kubectlApply(agentDaemonSet)
  await eks.send(new CreateAddonCommand({ clusterName, addonName, addonVersion: 'v1.11.0-eksbuild.4' }))
}

/** The namespace stays: a control plane of its own never ends the deletion of one. */
async function removeAgent(lab: Lab, eks: EKSClient): Promise<void> {
  await lab.kubectl('delete', 'daemonset', addonName, '-n', namespace, '--ignore-not-found')
  await eks.send(new DeleteAddonCommand({ clusterName, addonName })).catch((error: unknown) => {
    if (!(error instanceof Error) || error.name !== 'ResourceNotFoundException') throw error
  })
}
