import type { Vpc } from '@aws-sdk/client-ec2'
import type { Pages } from './all-pages.ts'
import { ec2Resources, vpcCoverage, type Ec2Reading } from './ec2-listing.ts'
import { vpcs as list } from './ec2-lists.ts'
import { nothing, together, type Part } from './gathering.ts'
import { inParallel } from './in-parallel.ts'

const atOnce = 4

/** The VPCs, each with its DNS attributes: two more calls for each. An attribute that is refused is left out; the VPC is read all the same. */
export async function readVpcs(reading: Ec2Reading, wanted: readonly string[], { items, refused }: Pages<Vpc>): Promise<Part> {
  const bodies = await inParallel(items, atOnce, async vpc => ({ ...vpc, ...(await attributes(reading, vpc.VpcId)) }))
  const resources = ec2Resources(reading, list.kind, list.operation, bodies)
  return together([{ ...nothing, resources }, vpcCoverage(reading, list.kind, wanted, refused)])
}

/** EC2 gives one attribute for each call. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpcAttribute.html */
async function attributes({ session, ec2, sdk }: Ec2Reading, VpcId: string | undefined) {
  const ask = (Attribute: 'enableDnsSupport' | 'enableDnsHostnames') =>
    session.ask('ec2', 'DescribeVpcAttribute', request => ec2.send(new sdk.DescribeVpcAttributeCommand({ VpcId, Attribute }), request))
  const [support, hostnames] = await Promise.all([ask('enableDnsSupport'), ask('enableDnsHostnames')])
  return {
    ...(support.is === 'ok' ? { EnableDnsSupport: support.value.EnableDnsSupport } : {}),
    ...(hostnames.is === 'ok' ? { EnableDnsHostnames: hostnames.value.EnableDnsHostnames } : {}),
  }
}
