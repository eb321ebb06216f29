import type { RowId } from './rows.ts'
import { allowedByAcl, allowedByReturn } from './network-acl.ts'
import type { Step, Way } from './path.ts'
import { allTraffic, subtractTraffic, trafficRange, type TrafficSet } from './traffic.ts'
import type { AwsWorld } from './aws-world.ts'

/** What gets through all ways: where they differ, nobody knows which is taken. */
export function rowOfWays(aws: AwsWorld, ways: readonly Way[]): RowId {
  const [first, ...others] = ways.map(way => rowOfWay(aws, way))
  return others.reduce(aws.rows.either, first ?? aws.rows.unknown)
}

export function rowOfWay(aws: AwsWorld, { steps }: Way): RowId {
  let row = aws.rows.allow
  for (const step of steps) {
    row = aws.rows.and(row, rowOfStep(aws, step))
    if (row === aws.rows.deny) return row
  }
  return row
}

const tcp = trafficRange(6)
const notTcp = subtractTraffic(allTraffic, tcp)

export function rowOfStep(aws: AwsWorld, step: Step): RowId {
  switch (step.by) {
    case 'groups': {
      if (step.of.set === undefined) return aws.rows.unknown
      return aws.groups.row(step.of.set, step.at === 'source' ? 'egress' : 'ingress', step.peer)
    }
    case 'acl':
      return rowOfAcl(aws, step)
    case 'way': {
      const row = aws.rows[step.verdict]
      return step.isOfTcp === true && step.verdict === 'deny' ? aws.rows.of(notTcp) : row
    }
  }
}

function rowOfAcl(aws: AwsWorld, { acl, direction, remote, isReturn }: Extract<Step, { by: 'acl' }>): RowId {
  if (acl === undefined || acl.isVague || remote.addresses.length === 0) return aws.rows.unknown
  const rowFor = (set: TrafficSet): RowId => {
    if (!isReturn) return aws.rows.of(set)
    const { allow, maybe } = allowedByReturn(set)
    return aws.rows.of(allow, maybe)
  }
  const rows = remote.addresses.map(of => rowFor(allowedByAcl(acl, direction, aws.classes.first(of))))
  return rows.reduce(aws.rows.either)
}
