import type { AwsKind } from '#model/kinds.ts'

type Body = Readonly<Record<string, unknown>>

/** How the ARN of a kind of EC2 is made up. https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html */
interface ArnForm {
  /** The type in it: `subnet` of `subnet/subnet-0abc`. */
  readonly type: string
  /** The member that holds the id: `SubnetId`. */
  readonly field: string
  /** The member that holds the ARN, when the API tells it. */
  readonly member?: string
}

const forms: { readonly [K in AwsKind]?: ArnForm } = {
  'aws/ec2/FlowLog': { type: 'vpc-flow-log', field: 'FlowLogId' },
  'aws/ec2/Instance': { type: 'instance', field: 'InstanceId' },
  'aws/ec2/InternetGateway': { type: 'internet-gateway', field: 'InternetGatewayId' },
  'aws/ec2/ManagedPrefixList': { type: 'prefix-list', field: 'PrefixListId', member: 'PrefixListArn' },
  'aws/ec2/NatGateway': { type: 'natgateway', field: 'NatGatewayId' },
  'aws/ec2/NetworkAcl': { type: 'network-acl', field: 'NetworkAclId' },
  'aws/ec2/NetworkInterface': { type: 'network-interface', field: 'NetworkInterfaceId' },
  'aws/ec2/RouteTable': { type: 'route-table', field: 'RouteTableId' },
  'aws/ec2/SecurityGroup': { type: 'security-group', field: 'GroupId', member: 'SecurityGroupArn' },
  'aws/ec2/Snapshot': { type: 'snapshot', field: 'SnapshotId' },
  'aws/ec2/Subnet': { type: 'subnet', field: 'SubnetId', member: 'SubnetArn' },
  'aws/ec2/Volume': { type: 'volume', field: 'VolumeId' },
  'aws/ec2/Vpc': { type: 'vpc', field: 'VpcId' },
  'aws/ec2/VpcEndpoint': { type: 'vpc-endpoint', field: 'VpcEndpointId' },
  'aws/ec2/VpcPeeringConnection': { type: 'vpc-peering-connection', field: 'VpcPeeringConnectionId' },
}

/** Where an object lives, as far as it is known from elsewhere than the object. */
export interface ArnPlace {
  readonly partition: string
  readonly account?: string
  readonly region?: string
}

/** The id that EC2 gives it: `subnet-0abc`. Undefined when it has none, or the kind is none of these. */
export function ec2Id(kind: AwsKind, body: object): string | undefined {
  const form = forms[kind]
  return form === undefined ? undefined : text((body as Body)[form.field])
}

/** The ARN that stands in the body. */
export const statedArn = (kind: AwsKind, body: object): string | undefined => text((body as Body)[forms[kind]?.member ?? 'Arn'])

/** The body with its ARN: as it stands there, else as its owner, or the account and region that are given, say it. Without, when nothing says them. */
export function withEc2Arn(kind: AwsKind, body: object, { partition, account, region }: ArnPlace): object {
  const form = forms[kind]
  const id = ec2Id(kind, body)
  if (form === undefined || id === undefined) return body
  const { member = 'Arn', type } = form
  if (statedArn(kind, body) !== undefined) return body
  const owner = ownerOf(kind, body)
  const [ownAccount, ownRegion] = [owner.account ?? account, owner.region ?? region]
  if (ownAccount === undefined || ownRegion === undefined) return body
  return { [member]: ec2Arn({ partition, account: ownAccount, region: ownRegion }, type, id), ...body }
}

export const ec2Arn = ({ partition, account, region }: Required<ArnPlace>, type: string, id: string): string =>
  `arn:${partition}:ec2:${region}:${account}:${type}/${id}`

/** Whose it is, as it says itself. A peering is of the side that asked for it, so that it has one ARN whichever side reads it. */
export function ownerOf(kind: AwsKind, body: object): { readonly account?: string; readonly region?: string } {
  const { OwnerId, RequesterVpcInfo: requester } = body as Body
  const said =
    kind === 'aws/ec2/VpcPeeringConnection' && typeof requester === 'object' && requester !== null
      ? { account: text((requester as Body)['OwnerId']), region: text((requester as Body)['Region']) }
      : { account: text(OwnerId), region: undefined }
  return {
    ...(said.account === undefined ? {} : { account: said.account }),
    ...(said.region === undefined ? {} : { region: said.region }),
  }
}

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)
