import type { AwsWorld } from './aws-world.ts'
import type { End } from './end.ts'
import { isOnPrimary } from './external-services.ts'
import { isInBlocks } from './index-interfaces.ts'

/** Numbers of classes, shared by all layers that grew out of one another. */
export interface ClassNumbers {
  readonly byText: Map<string, number>
}

export type Unclassed = Omit<End, 'classId' | 'asPeer' | 'isStraight'>

export function numberEnd(aws: AwsWorld, { byText }: ClassNumbers, end: Unclassed): End {
  const text = classText(aws, end)
  const known = byText.get(text)
  const asPeer = { addresses: end.addresses, set: end.set, isVague: end.where === 'vpc' && end.set === undefined && end.filters }
  if (known === undefined) byText.set(text, byText.size)
  return { ...end, asPeer, classId: known ?? byText.size - 1, isStraight: isStraight(aws, end) }
}

/** Everything that a path may ask of an end. The subnet counts only where its ACL may close something. */
function classText(aws: AwsWorld, end: Unclassed): string {
  return [
    end.where,
    end.family,
    end.addresses.join(),
    end.filters ? (end.set?.id ?? `?${end.doubt?.reason ?? ''}`) : '-',
    end.holder,
    `${Number(end.isBranch)}${Number(end.isPod)}${Number(end.isHost)}${Number(end.isFargate)}${Number(end.hasPublicAddress)}`,
    end.platform,
    end.vpcId,
    aws.externalServices.length === 0 ? '' : Number(isOnPrimary(end)),
    subnetText(aws, end),
    end.possibleSubnets?.join(),
    end.where === 'vpc' ? end.primary?.classId : '',
    end.where === 'special' ? end.address : '',
  ].join('|')
}

/** Between two such ends of one VPC, on two nodes, only their groups decide. */
function isStraight(aws: AwsWorld, { where, filters, set, platform, ...end }: Unclassed): boolean {
  if (end.ip !== undefined && isInBlocks(aws.externalServices, end.ip)) return false
  if (where !== 'vpc' || !filters || set === undefined || platform === 'hybrid') return false
  return end.subnetId !== undefined && subnetText(aws, { where, ...end }) !== end.subnetId
}

/** Its table of routes, when its ACL closes nothing and no route leads traffic inside the VPC astray: then nothing tells its subnet from another's. */
function subnetText(
  aws: AwsWorld,
  { acl, family, subnetId, vpcId, where }: Pick<Unclassed, 'acl' | 'family' | 'subnetId' | 'vpcId' | 'where'>,
): string {
  if (subnetId === undefined || where !== 'vpc') return ''
  const table = aws.routes.table(subnetId, vpcId, aws.vpcBlocks(vpcId ?? ''))
  return acl?.isOpen[family] === true && table?.diverts === false ? table.id : subnetId
}
