import type { AwsKind } from '#model/kinds.ts'
import { isMap } from './conform.ts'
import type { Harvest } from './harvest.ts'
import { partitionOf } from './prepare-aws.ts'
import { inside, type Seat } from './seat.ts'
import { takeAws, type Given } from './take-aws.ts'

type Output = Readonly<Record<string, unknown>>

/** `aws ec2 describe-instances`: the reservation says whose they are, the zone in which region. */
export function takeReservations(harvest: Harvest, output: Output, seat: Seat): void {
  for (const [index, reservation] of (output.Reservations as unknown[]).entries()) {
    if (!isMap(reservation) || !Array.isArray(reservation.Instances)) continue
    for (const [at, instance] of (reservation.Instances as unknown[]).entries()) {
      const body = isMap(instance) ? instance : {}
      const { Placement: placement, IamInstanceProfile: profile } = body
      const region = isMap(placement) ? regionOfZone(placement.AvailabilityZone) : undefined
      take(
        harvest,
        'aws/ec2/Instance',
        body,
        given(reservation.OwnerId, region, isMap(profile) ? profile.Arn : undefined),
        inside(seat, 'Reservations', index, 'Instances', at),
      )
    }
  }
}

/** `aws ec2 describe-vpc-endpoints`: the service's name says the region. */
export function takeVpcEndpoints(harvest: Harvest, output: Output, seat: Seat): void {
  for (const [index, endpoint] of (output.VpcEndpoints as unknown[]).entries()) {
    const body = isMap(endpoint) ? endpoint : {}
    const region = body.ServiceRegion ?? /^(?:[a-z]+\.)+([a-z]{2,4}(?:-[a-z]+)+-\d+)\./.exec(String(body.ServiceName))?.[1]
    take(harvest, 'aws/ec2/VpcEndpoint', body, given(body.OwnerId, region), inside(seat, 'VpcEndpoints', index))
  }
}

/** `aws ec2 describe-volumes`: the zone says the region; whose it is, only newer answers say. */
export function takeVolumes(harvest: Harvest, output: Output, seat: Seat): void {
  for (const [index, volume] of (output.Volumes as unknown[]).entries()) {
    const body = isMap(volume) ? volume : {}
    const account = body.OwnerId ?? (typeof body.VolumeArn === 'string' ? body.VolumeArn.split(':')[4] : undefined)
    placed(harvest, 'aws/ec2/Volume', body, given(account, regionOfZone(body.AvailabilityZone)), inside(seat, 'Volumes', index))
  }
}

/** `aws ec2 describe-snapshots`: it says whose it is; the key of an encrypted one is in the same region. */
export function takeSnapshots(harvest: Harvest, output: Output, seat: Seat): void {
  for (const [index, snapshot] of (output.Snapshots as unknown[]).entries()) {
    const body = isMap(snapshot) ? snapshot : {}
    const [, partition, , region] = typeof body.KmsKeyId === 'string' ? body.KmsKeyId.split(':') : []
    const from = given(body.OwnerId, region, partition === undefined ? undefined : `arn:${partition}`)
    placed(harvest, 'aws/ec2/Snapshot', body, from, inside(seat, 'Snapshots', index))
  }
}

/** `aws ec2 describe-launch-template-versions`: whoever made it acted in the account whose it is; the region is not said. */
export function takeLaunchTemplateVersions(harvest: Harvest, output: Output, seat: Seat): void {
  for (const [index, version] of (output.LaunchTemplateVersions as unknown[]).entries()) {
    const body = isMap(version) ? version : {}
    const account = typeof body.CreatedBy === 'string' ? body.CreatedBy.split(':')[4] : undefined
    placed(harvest, 'aws/ec2/LaunchTemplateVersion', body, given(account, undefined), inside(seat, 'LaunchTemplateVersions', index))
  }
}

/** Takes it where it says, or leaves that to the rest of the input. */
function placed(harvest: Harvest, kind: AwsKind, body: Record<string, unknown>, from: Given, seat: Seat): void {
  const { account, region } = from
  if (account !== undefined && region !== undefined) return take(harvest, kind, body, from, seat)
  harvest.placeless.push({ kind, body, seat, ...(account === undefined ? {} : { account }), ...(region === undefined ? {} : { region }) })
}

const take = (harvest: Harvest, kind: AwsKind, body: Record<string, unknown>, from: Given, seat: Seat) =>
  void takeAws(harvest, kind, body, seat, from)

function given(account: unknown, region: unknown, arn?: unknown): Given {
  const partition = typeof arn === 'string' ? arn.split(':')[1] : undefined
  return {
    ...(typeof account === 'string' ? { account } : {}),
    ...(typeof region === 'string' ? { region, partition: partition ?? partitionOf(region) } : {}),
  }
}

/** `eu-west-1a`, and of a local zone `us-west-2-lax-1a`. https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-regions-availability-zones.html */
export const regionOfZone = (zone: unknown): string | undefined =>
  typeof zone === 'string' ? /^[a-z]{2,4}(?:-[a-z]+)+-\d+/.exec(zone)?.[0] : undefined
