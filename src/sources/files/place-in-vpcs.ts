import type { AwsKind } from '#model/kinds.ts'
import type { Scope } from '#model/resource.ts'
import { isMap } from './conform.ts'
import type { Harvest, Held } from './harvest.ts'
import { problemAt } from './seat.ts'
import { takeAws } from './take-aws.ts'
import { unread } from './take-kubernetes.ts'

type Body = Readonly<Record<string, unknown>>
type Home = { readonly partition: string; readonly account: string; readonly region: string }

/** Whose a VPC is, a subnet says best: what is in a subnet may be of those with whom it is shared. */
const tellers: readonly AwsKind[] = [
  'aws/ec2/Subnet',
  'aws/ec2/SecurityGroup',
  'aws/ec2/NetworkInterface',
  'aws/ec2/Instance',
  'aws/eks/Cluster',
]

/** Some of EC2's answers say of an object in which VPC it is, and not in which region: others of the same VPC do. */
export function placeInVpcs(harvest: Harvest): void {
  if (harvest.unplaced.length === 0) return
  const homes = homesOf(harvest.held)
  for (const { kind, body, seat } of harvest.unplaced) {
    const home = nearOf(body).flatMap(id => homes.get(id) ?? [])[0]
    if (home !== undefined) takeAws(harvest, kind, body, seat, home)
    else {
      const message = `this ${kind} does not say which region it is in`
      harvest.problems.push(problemAt(seat, [], 'NO_REGION', message, 'add the output of aws ec2 describe-subnets'))
      harvest.unread.push({ kind, where: 'anywhere', ...unread(seat) })
    }
  }
}

/** By the ids of VPCs, and of what flow logs may stand on. */
function homesOf(held: readonly Held[]): ReadonlyMap<string, Home> {
  const homes = new Map<string, Home>()
  for (const teller of tellers) {
    for (const one of held) {
      if (one.kind !== teller || !('scope' in one)) continue
      const home = homeOf(one.id, one.scope)
      if (home === undefined) continue
      for (const id of toldBy(one.body as Body)) if (!homes.has(id)) homes.set(id, home)
    }
  }
  return homes
}

function homeOf(arn: string, scope: Scope): Home | undefined {
  if (!('account' in scope) || scope.region === undefined) return undefined
  return { partition: arn.split(':')[1] ?? 'aws', account: scope.account, region: scope.region }
}

const texts = (values: readonly unknown[]): readonly string[] => values.filter(value => typeof value === 'string')

function toldBy({ VpcId, SubnetId, NetworkInterfaceId, resourcesVpcConfig }: Body): readonly string[] {
  return texts([VpcId, SubnetId, NetworkInterfaceId, isMap(resourcesVpcConfig) ? resourcesVpcConfig.vpcId : undefined])
}

/** The VPCs that an object names, or what a flow log stands on. */
function nearOf({ VpcId, Attachments, ResourceId }: Body): readonly string[] {
  const attached = Array.isArray(Attachments) ? Attachments.map((each: unknown) => (isMap(each) ? each.VpcId : undefined)) : []
  return texts([VpcId, ...attached, ResourceId])
}
