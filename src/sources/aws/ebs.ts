import type { DescribeSnapshotsResult, DescribeVolumesResult, EC2Client, Snapshot, Volume } from '@aws-sdk/client-ec2'
import { regionalId } from '#model/kinds-aws-operations.ts'
import { allPages, type Pages } from './all-pages.ts'
import { nothing, together, unreadPart, type Part } from './gathering.ts'
import { awsResource } from './resource.ts'
import { wholeList, type ServiceReading } from './service-reading.ts'

const arnOf = ({ partition, region, account }: ServiceReading, type: string, id: string) =>
  `arn:${partition}:ec2:${region}:${account}:${type}/${id}`

/** Every volume of the region: two calls for 1,000. */
export async function readVolumes(reading: ServiceReading): Promise<Part> {
  const { DescribeVolumesCommand, EC2Client } = await import('@aws-sdk/client-ec2')
  const ec2: EC2Client = new EC2Client(reading.options)
  const listed = await allPages<DescribeVolumesResult, Volume>(
    NextToken => {
      const input = { MaxResults: 500, NextToken }
      return reading.ask('ec2', 'DescribeVolumes', request => ec2.send(new DescribeVolumesCommand(input), request))
    },
    page => page.Volumes,
    page => page.NextToken,
  )
  return wholeList(reading, 'aws/ec2/Volume', listed, volume =>
    volume.VolumeId === undefined
      ? undefined
      : { body: { Arn: arnOf(reading, 'volume', volume.VolumeId), ...volume }, call: `ec2:DescribeVolumes ${volume.VolumeId}` },
  )
}

/**
 * Every snapshot that the account owns in the region: one call for 1,000; and as many for those of them that anyone may restore. When that is refused,
 * `RestorableByAll` is left out, and the list is unread beside them.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSnapshots.html
 */
export async function readSnapshots(reading: ServiceReading): Promise<Part> {
  const listed = await ownSnapshots(reading)
  const open = listed.items.length === 0 ? undefined : await ownSnapshots(reading, ['all'])
  const isOpen = new Set(open?.items.map(({ SnapshotId }) => SnapshotId))
  const refused = listed.refused ?? open?.refused
  const all: Pages<Snapshot> = { items: listed.items, ...(refused === undefined ? {} : { refused }) }
  return wholeList(reading, 'aws/ec2/Snapshot', all, snapshot => {
    const { SnapshotId: id } = snapshot
    if (id === undefined) return undefined
    const told = isOpen.has(id) ? { RestorableByAll: true } : open?.refused === undefined ? { RestorableByAll: false } : {}
    return { body: { Arn: arnOf(reading, 'snapshot', id), ...snapshot, ...told }, call: `ec2:DescribeSnapshots ${id}` }
  })
}

/** The account's own; of them those that these may restore, where it is said. */
async function ownSnapshots(reading: ServiceReading, RestorableByUserIds?: string[]): Promise<Pages<Snapshot>> {
  const { DescribeSnapshotsCommand, EC2Client } = await import('@aws-sdk/client-ec2')
  const ec2: EC2Client = new EC2Client(reading.options)
  return allPages<DescribeSnapshotsResult, Snapshot>(
    NextToken => {
      const input = {
        OwnerIds: ['self'],
        MaxResults: 1000,
        NextToken,
        ...(RestorableByUserIds === undefined ? {} : { RestorableByUserIds }),
      }
      return reading.ask('ec2', 'DescribeSnapshots', request => ec2.send(new DescribeSnapshotsCommand(input), request))
    },
    page => page.Snapshots,
    page => page.NextToken,
  )
}

/** Whether new volumes of the region are encrypted, and with which key: two calls. What of the two is refused is left out, and unread beside it. */
export async function readEbsEncryption({ ask, options, account, region, scope }: ServiceReading): Promise<Part> {
  const { EC2Client, GetEbsDefaultKmsKeyIdCommand, GetEbsEncryptionByDefaultCommand } = await import('@aws-sdk/client-ec2')
  const ec2: EC2Client = new EC2Client(options)
  const kind = 'aws/ec2/EbsEncryptionByDefault'
  const Id = regionalId(account, region)
  const isOn = await ask('ec2', 'GetEbsEncryptionByDefault', request => ec2.send(new GetEbsEncryptionByDefaultCommand({}), request))
  const key = await ask('ec2', 'GetEbsDefaultKmsKeyId', request => ec2.send(new GetEbsDefaultKmsKeyIdCommand({}), request))
  const refused = [isOn, key].flatMap(answer => (answer.is === 'denied' || answer.is === 'failed' ? [answer] : []))
  const unread = refused.map(answer => unreadPart({ kind, scope, id: Id }, answer))
  if (isOn.is !== 'ok' && key.is !== 'ok') return together(unread)
  const body = { Id, ...(isOn.is === 'ok' ? isOn.value : {}), ...(key.is === 'ok' ? key.value : {}) }
  const there = { ...nothing, resources: [awsResource(kind, scope, body, `ec2:GetEbsEncryptionByDefault ${Id}`)] }
  return together([there, ...(refused.length === 0 ? [{ ...nothing, read: [{ kind, scope } as const] }] : unread)])
}
