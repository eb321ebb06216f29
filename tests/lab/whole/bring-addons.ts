import { CreateVpcEndpointCommand, EC2Client } from '@aws-sdk/client-ec2'
import { join } from 'node:path'
import { endpointPolicy } from '#joints/guardduty/least-privilege.ts'
import { containerInsightsInstalled } from '../../blueprints/container-insights-installed.ts'
import { ebsCsiInstalled } from '../../blueprints/ebs-csi-installed.ts'
import { vpcCni } from '../changes/vpc-cni.ts'
import type { NodeCoordinates } from '../coordinates.ts'
import { agentDaemonSet as guardDutyAgent } from '../guardduty/watched-cluster.ts'
import { apply } from '../irsa/workloads.ts'
import type { Lab } from '../lab.ts'
import { importImage, programImage } from '../node/images.ts'
import { pause } from '../node/programs.ts'
import { agentDaemonSet } from '../pod-identity/daemon-set.ts'
import { attachTrunk, giveInterfaces, resolvePolicies } from './vpc-controllers.ts'

const agentImage = 'public.ecr.aws/eks/eks-pod-identity-agent:v0.1.34'
const images = [
  agentImage,
  '602401143452.dkr.ecr.eu-west-1.amazonaws.com/aws-guardduty-agent:v1.11.0',
  'public.ecr.aws/ebs-csi-driver/aws-ebs-csi-driver:v1.60.0',
  'public.ecr.aws/cloudwatch-agent/cloudwatch-agent:1.300064.1b1344',
  'public.ecr.aws/aws-observability/aws-for-fluent-bit:3.2.4',
]

/** Under the names of programs that cannot be had here something that only runs. */
async function importImages(lab: Lab, node: NodeCoordinates): Promise<void> {
  const place = { directory: join(lab.runDirectory, 'node'), log: join(lab.runDirectory, 'log', 'images.log') }
  for (const name of images) await importImage({ image: programImage(pause, name), ...place, awsEndpoint: node.awsEndpoint })
}

/** What EKS brings with the add-ons of the plan, the emulator does not: the driver of secrets and the webhook really run, the others only stand there. */
export async function bringAddons(lab: Lab, node: NodeCoordinates, vpc: string): Promise<void> {
  await importImages(lab, node)
  await lab.installWebhook()
  await attachTrunk(lab, node.name)
  await apply(lab, [
    ...vpcCni({ ENABLE_POD_ENI: 'true', POD_SECURITY_GROUP_ENFORCING_MODE: 'standard' }, true),
    ...(ebsCsiInstalled as Parameters<typeof apply>[1]),
    ...(containerInsightsInstalled as Parameters<typeof apply>[1]),
    agentDaemonSet(agentImage),
  ])
  await lab.kubectlApply(guardDutyAgent)
  await makeFindingsEndpoint(lab, vpc)
  await lab.secretsStore({ driverFlags: ['--enable-secret-rotation=true'] })
  // Pods of the plan came before all this.
  await lab.kubectl('rollout', 'restart', 'deployment/cart', '-n', 'shop')
  await lab.kubectl('rollout', 'status', 'deployment/cart', '-n', 'shop', '--timeout=60s')
  await giveInterfaces(lab, 'shop', 'cart', vpc)
  await resolvePolicies(lab, 'shop')
}

/** GuardDuty makes it where it manages its agent. */
async function makeFindingsEndpoint(lab: Lab, VpcId: string): Promise<void> {
  await new EC2Client(lab.aws()).send(
    new CreateVpcEndpointCommand({
      VpcId,
      ServiceName: `com.amazonaws.${lab.region}.guardduty-data`,
      VpcEndpointType: 'Interface',
      PrivateDnsEnabled: true,
      PolicyDocument: JSON.stringify(endpointPolicy([lab.accountId])),
    }),
  )
}
