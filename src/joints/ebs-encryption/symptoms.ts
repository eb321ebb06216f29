import { defineSymptoms, type Symptom } from '#joints/define-symptoms.ts'
import { callSymptoms, requestSymptoms } from './symptoms-driver.ts'

const driver = 'https://github.com/kubernetes-sigs/aws-ebs-csi-driver/blob/master'
const issues = 'https://github.com/kubernetes-sigs/aws-ebs-csi-driver/issues'
const kubernetes = 'https://github.com/kubernetes/kubernetes/blob/master'

const volumeGone = (id: string, pattern: RegExp): Symptom => ({
  id,
  pattern,
  link: 'key',
  cause:
    'EC2 answered with volume {volume} and took it back: the controller may not use its KMS key, or the key is disabled, in another region, or not there.',
  source: `${issues}/3010`,
  hidden: 'Neither the driver nor EC2 names the key: look at the key that the StorageClass names, and at the default key of the account.',
})

const exact: readonly Symptom[] = [
  {
    id: 'clone-of-other-key',
    pattern: /Cannot make an unencrypted clone|Cannot provision clone with different KMS key than source volume/,
    link: 'class',
    cause: 'A clone has the key of its source, in the very spelling: the class must name the ARN of that key, or none.',
    source: `${driver}/pkg/driver/controller.go`,
  },
  {
    id: 'parameter-unknown',
    pattern: /Invalid (?:mutable )?parameter key:? ?(?<parameter>[\w./-]{1,253})/,
    link: 'class',
    cause: 'The driver does not know parameter {parameter} of the class.',
    source: `${driver}/pkg/driver/controller.go`,
  },
  {
    id: 'parameter-invalid',
    pattern:
      /invalid StorageClass parameters; specify either IOPS or IOPSPerGb, not both|multi-attach is only supported for io2|Could not parse (?:invalid )?(?<parameter>iops|iopsPerGB|throughput|volumeInitializationRate|blockSize|inodeSize|bytesPerInode|numberOfInodes)/i,
    link: 'class',
    cause: 'The driver does not take the value of a parameter of the class: {parameter}.',
    source: `${driver}/pkg/cloud/cloud.go`,
  },
  {
    id: 'key-revoked',
    pattern: /CustomerKeyHasBeenRevoked|unable to access the KMS master key|encrypted with an inaccessible AWS KMS key/,
    link: 'key',
    cause:
      'EC2 could not use the KMS key of the volume: it is disabled or to be deleted, or the caller may not do kms:CreateGrant and kms:Decrypt.',
    source: 'https://docs.aws.amazon.com/ebs/latest/userguide/ebs-cloud-watch-events.html',
  },
  {
    id: 'key-state-invalid',
    pattern:
      /InvalidKMSKey\.InvalidState|KMSInvalidStateException|arn:aws[\w-]*:kms:[a-z0-9-]{1,30}:\d{12}:key\/(?<key>[\w-]{1,40}) is (?:disabled|pending)/,
    link: 'key',
    cause: 'KMS key {key} is disabled, to be deleted, or waits for its material.',
    source: 'https://docs.aws.amazon.com/ebs/latest/userguide/ebs-cloud-watch-events.html',
  },
  {
    id: 'key-not-found',
    pattern: /InvalidKmsKey\.InvalidKeyId|\bInvalidKeyId\b|specified KMS key does not exist or is not allowed(?! to be used with Arn)/,
    link: 'key',
    cause: 'EC2 does not find the KMS key: it is of another region or account, is an alias, or is not there.',
    source: `${driver}/docs/parameters.md`,
  },
  {
    id: 'cluster-key-unusable',
    pattern: /\bKmsKey(?:Disabled|NotFound)\b|\bKmsGrantRevoked\b/,
    link: 'cluster-key-unusable',
    cause: 'EKS cannot use the KMS key that encrypts the Secrets of the cluster, whose control plane stops with it.',
    source: 'https://docs.aws.amazon.com/eks/latest/APIReference/API_ClusterIssue.html',
  },
  {
    id: 'key-action-denied',
    pattern:
      /is not authorized to perform: (?<action>kms:(?:CreateGrant|Decrypt|DescribeKey|Encrypt|GenerateDataKey\w{0,30}|ReEncrypt\w{0,10}))/,
    link: 'key',
    cause: 'The controller may not do {action} on the KMS key of the volume.',
    source: `${driver}/docs/install.md`,
  },
  {
    id: 'no-web-identity',
    pattern: /WebIdentityErr|not authorized to perform: sts:AssumeRoleWithWebIdentity/,
    link: 'identity',
    cause: 'STS gives the controller no session of its role: the trust policy, the provider or the token does not fit.',
    source: `${issues}/1010`,
    also: 'irsa/trust',
  },
  {
    id: 'agent-address-refused',
    pattern: /invalid endpoint host, \\?"169\.254\.170\.23\\?"/,
    link: 'identity',
    cause: 'The driver is too old for Pod Identity: it takes its credentials since 1.26.0.',
    source: `${issues}/1870`,
  },
  {
    id: 'no-credentials',
    pattern: /NoCredentialProviders|no EC2 IMDS role found|failed to refresh cached credentials/,
    link: 'identity',
    cause: 'The controller has no AWS credentials: no role comes by IRSA or Pod Identity, and the metadata service does not answer it.',
    source: `${driver}/docs/install.md`,
  },
  {
    id: 'restore-denied',
    pattern: /UnauthorizedOperation[^\n]{0,500}?arn:aws[\w-]*:ec2:[^\s:]{0,30}:\d{0,12}:snapshot\/(?<snapshot>snap-[0-9a-f]{1,20})/,
    link: 'permission',
    cause: 'The controller may not make volumes from snapshot {snapshot}: its policy asks for the tag ebs.csi.aws.com/cluster.',
    source: `${issues}/2918`,
  },
  {
    id: 'ec2-denied',
    pattern:
      /UnauthorizedOperation: You are not authorized|UnauthorizedOperation[^\n]{0,300}?(?:Encoded authorization failure|explicit deny)/,
    link: 'permission',
    cause: 'The policies of the role that the controller has, or a guardrail round it, refuse what it asks of EC2.',
    source: `${issues}/1449`,
  },
  volumeGone('volume-taken-back', /InvalidVolume\.NotFound[^\n]{0,300}?The volume '(?<volume>vol-\w{1,20})' does not exist/),
  {
    id: 'token-of-deleted-volume',
    pattern: /client token you have provided is associated with a resource that is already deleted/,
    link: 'key',
    cause:
      'An earlier volume of the claim was taken back by EC2, and its token is spent: delete the claim and make it again once its key can be used.',
    source: `${issues}/1951`,
  },
  {
    id: 'request-differs-from-earlier',
    pattern: /[Pp]arameters on this idempotent request are inconsistent with parameters used in previous request/,
    link: 'key',
    cause: 'The class was changed while the claim waited, or an earlier volume of it was taken back: delete the claim and make it again.',
    source: `${issues}/1036`,
  },
  {
    id: 'claim-not-found',
    pattern: /persistentvolumeclaim \\?"(?<claim>[\w.-]{1,253})\\?" not found/,
    link: 'claim',
    cause: 'There is no PersistentVolumeClaim {claim} in the namespace of the pod.',
    source: `${kubernetes}/pkg/scheduler/framework/plugins/volumebinding/volume_binding.go`,
  },
  {
    id: 'class-not-found',
    pattern: /storageclass(?:\.storage\.k8s\.io)? \\?"(?<class>[\w.-]{1,253})\\?" not found/,
    link: 'claim',
    cause: 'There is no StorageClass {class}.',
    source: `${kubernetes}/pkg/controller/volume/persistentvolume/pv_controller.go`,
  },
  {
    id: 'driver-absent',
    pattern: /external provisioner '(?<driver>ebs\.csi\.(?:aws|eks\.amazonaws)\.com)'/,
    link: 'driver',
    cause: 'The claim waits for driver {driver}: it is not in the cluster, or has only just been asked.',
    source: 'https://docs.aws.amazon.com/eks/latest/userguide/create-storage-class.html',
  },
  {
    id: 'driver-not-registered',
    pattern: /driver name (?<driver>ebs\.csi\.[a-z.]{3,30}) not found in the list of registered CSI drivers/,
    link: 'driver',
    cause: 'Driver {driver} is not on the node of the pod: its DaemonSet has no ready pod there, or it has only just started.',
    source: `${kubernetes}/pkg/volume/csi/csi_mounter.go`,
  },
  {
    id: 'no-metadata',
    pattern:
      /could not get IMDS metadata|all specified --metadata-sources|node providerID empty, cannot parse|Could not determine region from any metadata service/,
    link: 'driver',
    cause: 'The driver reaches neither the metadata service nor the API server: a hop limit of 1, or AWS_REGION is missing.',
    source: `${issues}/474`,
  },
  {
    id: 'zone-conflict',
    pattern: /volume node affinity conflict/,
    link: 'attachment',
    cause: 'The volume is in another zone than every node that the pod may run on.',
    source: 'https://kubernetes.io/docs/concepts/storage/storage-classes/#volume-binding-mode',
  },
  {
    id: 'attached-elsewhere',
    pattern: /Multi-Attach error for volume \\?"(?<volume>[\w.-]{1,253})\\?"/,
    link: 'attachment',
    cause: 'Volume {volume} is still attached to another node; from a node that died it is taken after six minutes.',
    source: `${kubernetes}/pkg/controller/volume/attachdetach/reconciler/reconciler.go`,
  },
  {
    id: 'node-full',
    pattern: /exceed max volume count|Attachment limit exceeded|stuck in attaching state/,
    link: 'attachment',
    cause: 'The node has no place for a further volume.',
    source: `${driver}/docs/faq.md`,
  },
  {
    id: 'delete-denied',
    pattern: /Could not delete volume ID \\?"(?<volume>vol-\w{1,20})\\?"|DeleteDisk could not delete volume/,
    link: 'permission',
    cause:
      'The controller could not delete volume {volume}: its policy asks for a tag that the volume does not have, or it is still attached.',
    source: `${issues}/2918`,
  },
]

/** Texts that say that something failed and not what: what is more exact comes before them. */
const wrappers: readonly Symptom[] = [
  {
    id: 'volume-not-made-in-time',
    pattern: /timed out waiting for volume to create/,
    link: 'key',
    cause: 'EC2 took the volume back or did not finish it, most often because of its KMS key.',
    source: `${issues}/3010`,
    hidden: 'Look at the key that the StorageClass names and at who may use it, before capacity and quotas.',
  },
  {
    id: 'ec2-not-reached',
    pattern:
      /failed to provision volume with StorageClass \\?"(?<class>[\w.-]{1,253})\\?"[^\n]{0,300}?(?:DeadlineExceeded|context deadline exceeded)/,
    link: 'permission',
    cause: 'The driver had no answer in time for a volume of StorageClass {class}: EC2 was not reached, or another attempt is under way.',
    source: `${issues}/419`,
    hidden: 'Look at the log of container ebs-plugin of the controller, at the time of the event.',
  },
  {
    id: 'volume-not-made',
    pattern: /Could not create volume \\?"(?<volume>[\w.-]{1,253})\\?"|could not create volume in EC2/,
    link: 'permission',
    cause: 'EC2 made no volume {volume}.',
    source: `${driver}/pkg/driver/controller.go`,
    hidden: 'Look at the log of container ebs-plugin of the controller, at the time of the event.',
  },
  {
    id: 'volume-not-attached',
    pattern: /[Cc]ould not attach volume \\?"(?<volume>vol-\w{1,20})\\?"|WaitForAttachmentState/,
    link: 'attachment',
    cause: 'Volume {volume} was not attached.',
    source: `${driver}/pkg/driver/controller.go`,
    hidden: 'Look at the VolumeAttachment of the volume, and at the log of container ebs-plugin of the controller.',
  },
]

/** What the scheduler, the provisioner, the driver and EC2 say when a link breaks; what only wraps a cause comes last. */
export default defineSymptoms('ebs-encryption', [...exact, ...requestSymptoms, ...callSymptoms, ...wrappers])
