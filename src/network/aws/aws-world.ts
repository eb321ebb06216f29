import type { UnreadFact } from '#base/errors.ts'
import type { Kinds } from '#model/kinds.ts'
import { parseCidr, type Address, type Cidr } from '../addresses.ts'
import type { AwsInput } from '../aws-input.ts'
import { makeAddressClasses, type AddressClasses } from './address-classes.ts'
import { blocksOfSubnet, blocksOfVpc, indexInterfaces, isInBlocks, type Interfaces } from './index-interfaces.ts'
import { compileAcl, type CompiledAcl } from './network-acl.ts'
import { compileRoutes, type Routes } from './routes.ts'
import { makeRowTable, type RowTable } from './rows.ts'
import { blocksOf } from './security-group-rules.ts'
import { blocksOfGroup, compileSecurityGroups, type SecurityGroups } from './security-groups.ts'
import { notOfTheInternet } from './special-addresses.ts'

/** Everything of AWS that paths ask, indexed. */
export interface AwsWorld {
  readonly input: AwsInput
  readonly rows: RowTable
  readonly classes: AddressClasses
  readonly groups: SecurityGroups
  readonly interfaces: Interfaces
  readonly routes: Routes
  readonly aclOf: (subnetId: string, vpcId: string | undefined) => CompiledAcl | undefined
  readonly subnetBlocks: (subnetId: string) => readonly Cidr[] | undefined
  readonly subnetHolds: (subnetId: string, address: Address) => boolean
  /** The VPC that has the address and that the cluster's is or is joined to. */
  readonly vpcOf: (address: Address) => string | undefined
  readonly vpcBlocks: (vpcId: string) => readonly Cidr[]
  readonly clusterVpc: string | undefined
  readonly peerings: ReadonlyMap<string, Kinds['aws/ec2/VpcPeeringConnection']>
  readonly natGateways: ReadonlyMap<string, Kinds['aws/ec2/NatGateway']>
  /** By `namespace/name`. */
  readonly serviceAccount: (id: string) => Kinds['k8s/ServiceAccount'] | undefined
  readonly policiesOf: (namespace: string) => readonly Kinds['k8s/SecurityGroupPolicy'][]
  readonly excludedFromSnat: readonly Cidr[]
  readonly externalServices: readonly Cidr[]
}

export const valueOf = <T>(known: { readonly value: T } | { readonly unread: UnreadFact }): T | undefined =>
  'value' in known ? known.value : undefined

export function indexAws(input: AwsInput): AwsWorld {
  const rows = makeRowTable()
  const classes = makeAddressClasses(everyBlock(input))
  const settings = valueOf(input.settings)
  const clusterVpc = valueOf(input.cluster)?.vpcId
  const vpcs = new Map(input.vpcs.all.map(vpc => [vpc.VpcId, blocksOfVpc(vpc)]))
  const near = [...new Set([...(clusterVpc === undefined ? [] : [clusterVpc]), ...vpcs.keys()])]
  const subnets = new Map(input.subnets.all.map(subnet => [subnet.SubnetId, blocksOfSubnet(subnet)]))
  const accounts = new Map(input.serviceAccounts.all.map(account => [`${account.metadata.namespace}/${account.metadata.name}`, account]))
  const policies = Map.groupBy(input.securityGroupPolicies.all, ({ metadata }) => metadata.namespace)
  return {
    input,
    rows,
    classes,
    groups: compileSecurityGroups(input.securityGroups, input.prefixLists, classes, rows),
    interfaces: indexInterfaces(input.networkInterfaces.all),
    routes: compileRoutes(input.routeTables, input.prefixLists),
    aclOf: indexAcls(input.networkAcls),
    subnetBlocks: id => subnets.get(id),
    subnetHolds: (id, address) => isInBlocks(subnets.get(id) ?? [], address),
    vpcOf: address => near.find(vpc => isInBlocks(vpcs.get(vpc) ?? [], address)),
    vpcBlocks: id => vpcs.get(id) ?? [],
    clusterVpc,
    peerings: new Map(input.peerings.all.map(peering => [peering.VpcPeeringConnectionId, peering])),
    natGateways: new Map(input.natGateways.all.map(gateway => [gateway.NatGatewayId, gateway])),
    serviceAccount: id => accounts.get(id),
    policiesOf: namespace => policies.get(namespace) ?? [],
    excludedFromSnat: (settings?.excludeSnatCidrs ?? []).flatMap(text => parseCidr(text) ?? []),
    externalServices: (settings?.externalServiceCidrs ?? []).flatMap(text => parseCidr(text) ?? []),
  }
}

/** A subnet has the ACL that names it; one that none names has the VPC's own, of which only a full list says that it is so. */
function indexAcls({ all, missing }: AwsInput['networkAcls']): AwsWorld['aclOf'] {
  const bySubnet = new Map<string, CompiledAcl>()
  const byVpc = new Map<string, CompiledAcl>()
  for (const acl of all) {
    const compiled = compileAcl(acl)
    for (const { SubnetId } of acl.Associations ?? []) if (SubnetId !== undefined) bySubnet.set(SubnetId, compiled)
    if (acl.IsDefault === true && acl.VpcId !== undefined) byVpc.set(acl.VpcId, compiled)
  }
  return (subnetId, vpcId) => bySubnet.get(subnetId) ?? (missing === undefined ? byVpc.get(vpcId ?? '') : undefined)
}

/** Addresses inside all of them, or outside, are treated alike by every rule. */
function everyBlock(input: AwsInput): Iterable<Cidr> {
  const settings = valueOf(input.settings)
  const texts = [
    ...(settings?.excludeSnatCidrs ?? []),
    ...(settings?.externalServiceCidrs ?? []),
    ...input.networkAcls.all.flatMap(({ Entries = [] }) => Entries.flatMap(of => of.CidrBlock ?? of.Ipv6CidrBlock ?? [])),
    ...input.routeTables.all.flatMap(({ Routes = [] }) =>
      Routes.flatMap(of => of.DestinationCidrBlock ?? of.DestinationIpv6CidrBlock ?? []),
    ),
  ]
  return [
    ...notOfTheInternet,
    ...input.vpcs.all.flatMap(blocksOfVpc),
    ...input.subnets.all.flatMap(blocksOfSubnet),
    ...input.securityGroups.all.flatMap(blocksOfGroup),
    ...input.prefixLists.all.flatMap(list => blocksOf(list) ?? []),
    ...texts.flatMap(text => parseCidr(text) ?? []),
  ]
}
