import { UserError } from '#base/errors.ts'
import { isKubernetesKind, type AwsKind, type Kind } from '#model/kinds.ts'
import type { AwsAccess } from './aws/aws-access.ts'
import { ebsEncryptionWriter } from './aws/ec2-ebs-encryption.ts'
import { instanceWriter } from './aws/ec2-instance.ts'
import { securityGroupWriter } from './aws/ec2-security-group.ts'
import { vpcEndpointWriter } from './aws/ec2-vpc-endpoint.ts'
import { accessEntryWriter } from './aws/eks-access-entry.ts'
import { addonWriter } from './aws/eks-addon.ts'
import { clusterWriter } from './aws/eks-cluster.ts'
import { associationWriter } from './aws/eks-pod-identity-association.ts'
import { detectorWriter } from './aws/guardduty-detector.ts'
import { oidcProviderWriter } from './aws/iam-oidc-provider.ts'
import { roleWriter } from './aws/iam-role.ts'
import { logGroupWriter } from './aws/log-group.ts'
import { bucketPolicyWriter, keyPolicyWriter, secretPolicyWriter } from './aws/resource-policies.ts'
import { kubernetesWriter, type SendToCluster } from './kubernetes/kubernetes-writer.ts'
import type { Writer, WriterOf } from './writer.ts'

/** What can be written in AWS. Every kind of Kubernetes can. */
const awsWriters: Partial<Readonly<Record<AwsKind, (access: AwsAccess) => Writer>>> = {
  'aws/ec2/EbsEncryptionByDefault': access => ebsEncryptionWriter(access),
  'aws/ec2/Instance': access => instanceWriter(access),
  'aws/ec2/SecurityGroup': access => securityGroupWriter(access),
  'aws/ec2/VpcEndpoint': access => vpcEndpointWriter(access),
  'aws/eks/AccessEntry': access => accessEntryWriter(access),
  'aws/eks/Addon': access => addonWriter(access),
  'aws/eks/Cluster': access => clusterWriter(access),
  'aws/eks/PodIdentityAssociation': access => associationWriter(access),
  'aws/guardduty/Detector': access => detectorWriter(access),
  'aws/iam/OpenIDConnectProvider': access => oidcProviderWriter(access),
  'aws/iam/Role': access => roleWriter(access),
  'aws/kms/Key': access => keyPolicyWriter(access),
  'aws/logs/LogGroup': access => logGroupWriter(access),
  'aws/s3/Bucket': access => bucketPolicyWriter(access),
  'aws/secretsmanager/Secret': access => secretPolicyWriter(access),
}

/** One writer for each kind, made when it is first needed. */
export function writersFor(send: SendToCluster, access: AwsAccess): WriterOf {
  const made = new Map<Kind, Writer>()
  return kind => {
    const known = made.get(kind) ?? make(kind, send, access)
    made.set(kind, known)
    return known
  }
}

function make(kind: Kind, send: SendToCluster, access: AwsAccess): Writer {
  if (isKubernetesKind(kind)) return kubernetesWriter(send, kind)
  const writer = awsWriters[kind]
  if (writer === undefined)
    throw new UserError('NOT_WRITABLE', `mortise does not write ${kind}`, { help: 'make this change by hand, as the plan shows it' })
  return writer(access)
}
