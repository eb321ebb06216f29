import { CloudWatchLogsClient, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs'
import {
  DescribeSecurityGroupsCommand,
  EC2Client,
  GetEbsDefaultKmsKeyIdCommand,
  GetEbsEncryptionByDefaultCommand,
} from '@aws-sdk/client-ec2'
import { DescribeClusterCommand, EKSClient } from '@aws-sdk/client-eks'
import { GuardDutyClient, ListDetectorsCommand } from '@aws-sdk/client-guardduty'
import { DescribeKeyCommand, KMSClient } from '@aws-sdk/client-kms'
import { identityState } from '../changes/identity-state.ts'
import type { Lab } from '../lab.ts'

/** Everything that the blueprint of all joints can touch, on both sides. */
export async function wholeState(lab: Lab, vpc: string): Promise<unknown> {
  const [ec2, kms] = [new EC2Client(lab.aws()), new KMSClient(lab.aws())]
  const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId: 'alias/payments' }))
  const [identities, groups, encrypts, key, logs, detectors, { cluster }, objects] = await Promise.all([
    identityState(lab, { namespace: 'shop', keyId: KeyMetadata?.KeyId ?? '', secret: 'orders/smtp', bucket: 'shop-carts' }),
    ec2.send(new DescribeSecurityGroupsCommand({ Filters: [{ Name: 'vpc-id', Values: [vpc] }] })),
    ec2.send(new GetEbsEncryptionByDefaultCommand({})),
    ec2.send(new GetEbsDefaultKmsKeyIdCommand({})),
    new CloudWatchLogsClient(lab.aws()).send(new DescribeLogGroupsCommand({})),
    new GuardDutyClient(lab.aws()).send(new ListDetectorsCommand({})),
    new EKSClient(lab.aws()).send(new DescribeClusterCommand({ name: lab.clusterName })),
    lab.kubectl('get', 'networkpolicies,securitygrouppolicies,secretproviderclasses,storageclasses', '-A', '-o', 'name'),
  ])
  const deployed = await lab.kubectl('get', 'deployment', 'cart', '-n', 'shop', '-o', 'jsonpath={.spec.template.spec}')
  return {
    identities,
    groups: (groups.SecurityGroups ?? []).map(({ GroupName, IpPermissions, IpPermissionsEgress }) => ({
      GroupName,
      IpPermissions,
      IpPermissionsEgress,
    })),
    volumes: [encrypts.EbsEncryptionByDefault, key.KmsKeyId],
    logs: (logs.logGroups ?? []).map(({ logGroupName }) => logGroupName),
    controlPlane: cluster?.logging,
    detectors: detectors.DetectorIds,
    objects,
    deployed: JSON.parse(deployed) as unknown,
  }
}
