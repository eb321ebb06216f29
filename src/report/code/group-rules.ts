import type { Kinds } from '#model/kinds.ts'

/** A rule of a security group with one source or destination. */
export interface GroupRule {
  readonly isEgress: boolean
  readonly protocol: string
  /** Left out for every port. */
  readonly from?: number
  readonly to?: number
  readonly peer: { readonly is: 'ipv4' | 'ipv6' | 'group' | 'prefixList'; readonly id: string }
  readonly description?: string
}

type Permission = NonNullable<Kinds['aws/ec2/SecurityGroup']['IpPermissions']>[number]

interface Group {
  readonly IpPermissions?: readonly Permission[] | undefined
  readonly IpPermissionsEgress?: readonly Permission[] | undefined
}

/** The rules that a group has and another has not: each with one peer, as Terraform and CloudFormation declare them. */
export function rulesAdded(before: unknown, after: unknown): readonly GroupRule[] {
  const had = new Set(rulesOf((before ?? {}) as Group).map(rule => JSON.stringify({ ...rule, description: undefined })))
  return rulesOf((after ?? {}) as Group).filter(rule => !had.has(JSON.stringify({ ...rule, description: undefined })))
}

const rulesOf = ({ IpPermissions = [], IpPermissionsEgress = [] }: Group): readonly GroupRule[] => [
  ...IpPermissions.flatMap(permission => flat(permission, false)),
  ...IpPermissionsEgress.flatMap(permission => flat(permission, true)),
]

function flat(permission: Permission, isEgress: boolean): readonly GroupRule[] {
  const { IpProtocol: protocol = '-1', FromPort, ToPort } = permission
  const ports =
    protocol === '-1' ? {} : { ...(FromPort === undefined ? {} : { from: FromPort }), ...(ToPort === undefined ? {} : { to: ToPort }) }
  const rule = (is: GroupRule['peer']['is'], id: string | undefined, description: string | undefined): GroupRule => ({
    isEgress,
    protocol,
    ...ports,
    peer: { is, id: id ?? '' },
    ...(description === undefined ? {} : { description }),
  })
  return [
    ...(permission.IpRanges ?? []).map(({ CidrIp, Description }) => rule('ipv4', CidrIp, Description)),
    ...(permission.Ipv6Ranges ?? []).map(({ CidrIpv6, Description }) => rule('ipv6', CidrIpv6, Description)),
    ...(permission.UserIdGroupPairs ?? []).map(({ GroupId, Description }) => rule('group', GroupId, Description)),
    ...(permission.PrefixListIds ?? []).map(({ PrefixListId, Description }) => rule('prefixList', PrefixListId, Description)),
  ]
}
