import { Unread } from '#base/errors.ts'
import type { PrefixListRule } from '#network/aws/security-group-rules.ts'
import type { Evidence } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { peerPath } from './group-rules.ts'
import type { Group } from './pod-groups.ts'

/** For how many rules of a family a rule with a prefix list counts. */
export interface Weight {
  readonly weight: Readonly<Record<4 | 6, number>>
  readonly text: string
  at(label: string): Evidence
}

/** What lists of AWS itself count for, by the end of their name. https://docs.aws.amazon.com/vpc/latest/userguide/working-with-aws-managed-prefix-lists.html#available-aws-managed-prefix-lists */
const ownWeights: readonly (readonly [end: RegExp, weight: number])[] = [
  [/\.cloudfront\.origin-facing$/, 55],
  [/\.dynamodb$/, 1],
  [/\.s3express$/, 6],
  [/\.s3$/, 1],
  [/\.ec2-instance-connect$/, 2],
  [/\.route53-healthchecks$/, 25],
  [/\.vpc-lattice$/, 10],
  [/\.secretsmanager-managed-external-secrets$/, 20],
  [/\.groundstation$/, 5],
]

/**
 * A list of a customer counts for as many rules as it may hold entries, of its own family only; one of AWS for its weight.
 * @throws Unread when the list was not read, or nobody says what it counts for
 */
export function listWeights(world: Reader<'aws/ec2/ManagedPrefixList'>, group: Group, rule: PrefixListRule): Weight {
  const [, , , region = '', account = ''] = group.id.split(':')
  const list =
    world.seen('aws/ec2/ManagedPrefixList').find(({ body }) => body.PrefixListId === rule.prefixListId) ??
    world.where('aws/ec2/ManagedPrefixList', 'id', rule.prefixListId, { account, region })[0]
  const count = list?.body.MaxEntries ?? ownWeights.find(([end]) => end.test(list?.body.PrefixListName ?? ''))?.[1]
  if (count === undefined) {
    throw new Unread({
      kind: 'aws/ec2/ManagedPrefixList',
      id: list?.id ?? rule.prefixListId,
      reason: 'for how many rules the list counts is not known',
    })
  }
  const isSix = list?.body.AddressFamily === 'IPv6'
  return {
    weight: { 4: isSix ? 0 : count, 6: isSix ? count : 0 },
    text: `this list counts for ${count} rules`,
    at: label => group.at(peerPath(group, rule), label),
  }
}
