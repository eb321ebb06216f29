import type { Symptom } from '#joints/define-symptoms.ts'

const driver = 'https://github.com/kubernetes-sigs/aws-ebs-csi-driver/blob/v1.64.0'
const controller = `${driver}/pkg/driver/controller.go`
const cloud = `${driver}/pkg/cloud/cloud.go`
const log = 'Look at the log of container ebs-plugin of the controller, at the time of the event.'

/** What the driver refuses before it asks EC2, or finds of what EC2 has. */
export const requestSymptoms: readonly Symptom[] = [
  {
    id: 'parameter-unfit',
    pattern:
      /Cannot use (?<parameter>\w{1,60}) with fstype (?<fileSystem>\w{1,20})|Cannot set ext4BigAllocClusterSize|invalid VAC parameter; specify either IOPS or IOPSPerGb|maximum IOPS value exceeds|Invalid parameter value (?<parameter>\S{1,300}) is not a valid arn/,
    link: 'class',
    cause: 'Parameters of the class do not go together, or one of them has a value that the driver does not take: {parameter}.',
    source: controller,
  },
  {
    id: 'tag-invalid',
    pattern: /(?:Error interpolating|Invalid) tag value: (?<reason>[^\n]{1,300})/,
    link: 'class',
    cause: 'A tag that the class names is none: {reason}.',
    source: controller,
  },
  {
    id: 'size-over-limit',
    pattern: /After round-up, volume size exceeds the limit specified/,
    link: 'claim',
    cause: 'EC2 makes volumes of whole GiB, and the next of them is above the limit that the claim sets.',
    source: controller,
  },
  {
    id: 'size-differs',
    pattern: /already a disk with same name and different size|different size was requested by a previous request/,
    link: 'claim',
    cause: 'An earlier attempt made the volume in another size: delete the claim and make it again.',
    source: cloud,
  },
  {
    id: 'zone-not-allowed',
    pattern: /Cannot provision clone with the specified topology constraints/,
    link: 'class',
    cause: 'A clone is made in the zone of its source, which the class or the pod does not allow.',
    source: controller,
  },
  {
    id: 'fast-restore-zone',
    pattern: /Availability zone (?<zone>[\w-]{1,40}) is not supported for fast snapshot restore/,
    link: 'snapshot',
    cause: 'The VolumeSnapshotClass names zone {zone}, which this account and region do not have for fast snapshot restore.',
    source: controller,
  },
  {
    id: 'snapshot-of-other-volume',
    pattern: /Snapshot (?<snapshot>\S{1,253}) already exists for different volume \((?<volume>vol-\w{1,20})\)/,
    link: 'snapshot',
    cause: 'A snapshot of the name {snapshot} is there, of volume {volume}.',
    source: controller,
  },
  {
    id: 'volume-cooling-down',
    pattern: /volume "(?<volume>vol-\w{1,20})" (?:in OPTIMIZING state, cannot currently modify|is still being (?:modified|expanded))/,
    link: 'volume',
    cause:
      'EC2 still works at the last change of volume {volume}, and takes the next one when that is done, at the earliest six hours later.',
    source: 'https://docs.aws.amazon.com/ebs/latest/userguide/modify-volume-requirements.html',
  },
  {
    id: 'volume-gone',
    pattern:
      /Volume "(?<volume>vol-\w{1,20})" not found|Error source volume with volumeID (?<volume>vol-\w{1,20}) not found|volume not found at device|Could not get volume with ID "(?<volume>vol-\w{1,20})"|[Cc]ould not [^\n]{1,300}: (?:source|resource) was not found/,
    link: 'volume',
    cause: 'EC2 has no such volume any more: {volume}.',
    source: controller,
  },
  {
    id: 'instance-unknown',
    pattern: /invalid instance ID format: (?<instance>\S{1,100})|failed to get instance (?<instance>i-\w{1,20})/,
    link: 'attachment',
    cause: 'The driver does not find the instance of the node: {instance}.',
    source: cloud,
  },
  {
    id: 'attached-twice',
    pattern: /volume "(?<volume>vol-\w{1,20})" has multiple attachments/,
    link: 'attachment',
    cause: 'Volume {volume} is attached to several instances at once, and the driver does not know which is meant.',
    source: cloud,
  },
  {
    id: 'metadata-source-invalid',
    pattern: /argument --metadata-sources=(?<sources>\S{1,200}) included invalid option/,
    link: 'driver',
    cause: 'The driver is started with --metadata-sources={sources}, which it does not know.',
    source: `${driver}/pkg/cloud/metadata/metadata.go`,
  },
  {
    id: 'attachments-uncounted',
    pattern: /failed to update ENI (?:count|and Block Device count) via (?<how>IMDS|metadataLabeler)/,
    link: 'attachment',
    cause: 'The driver could not count what is attached to the node: {how} does not tell it.',
    source: `${driver}/pkg/cloud/metadata/metadata.go`,
  },
  {
    id: 'volume-quota',
    pattern: /: limit exceeded: |api error (?:VolumeLimitExceeded|MaxIOPSLimitExceeded|SnapshotLimitExceeded)/,
    link: 'volume',
    cause: 'A quota of the account for EBS volumes or snapshots is used up.',
    source: 'https://docs.aws.amazon.com/ebs/latest/userguide/ebs-resource-quotas.html',
  },
]

/** What EC2 was asked for and did not do, without why. */
export const callSymptoms: readonly Symptom[] = [
  {
    id: 'ec2-not-answering',
    pattern:
      /dry-run EC2 API call failed|plugin unhealthy|failed to get availability zone|error describing availability zones|error listing AWS instances/,
    link: 'identity',
    cause: 'The controller cannot ask EC2 even for its zones: it has no credentials, may not describe zones, or does not reach EC2.',
    source: cloud,
    hidden: log,
  },
  {
    id: 'snapshot-not-done',
    pattern:
      /Could not (?:create snapshot|(?:delete|get) snapshot ID|list snapshots)|error creating snapshot of volume (?<volume>vol-\w{1,20})|DeleteSnapshot could not delete snapshot/,
    link: 'snapshot',
    cause: 'EC2 did not do what was asked of a snapshot; the permissions, the key or the quota may be why.',
    source: controller,
    hidden: log,
  },
  {
    id: 'volume-not-modified',
    pattern:
      /Could not resize volume "(?<volume>vol-\w{1,20})"|volume is not being modified|error (?:describing (?:volume )?modifications|fetching volume modifications)/,
    link: 'volume',
    cause: 'Volume {volume} was not changed.',
    source: cloud,
    hidden: log,
  },
  {
    id: 'volume-not-detached',
    pattern:
      /[Cc]ould not detach volume "(?<volume>vol-\w{1,20})"|attachment of disk "(?<volume>vol-\w{1,20})" failed|error waiting for volume (?:attachment|detachment)/,
    link: 'attachment',
    cause: 'Volume {volume} did not come to, or from, its instance in time.',
    source: cloud,
    hidden: log,
  },
]
