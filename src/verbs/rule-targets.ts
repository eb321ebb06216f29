import type { AwsKind } from '#model/kinds.ts'
import type { Resource } from '#model/resource.ts'
import { compare } from '#model/world.ts'
import type { Gathered } from '#sources/gathered.ts'

/** What lets EventBridge in by a policy of its own. */
export const targetKinds: ReadonlySet<AwsKind> = new Set(['aws/sns/Topic', 'aws/sqs/Queue'])

/** The topics and queues to which rules that take events send them. */
export function targetsOfRules(read: readonly Gathered[]): readonly string[] {
  const arns = read
    .flatMap(part => part.resources)
    .filter((resource): resource is Resource<'aws/events/Rule'> => resource.kind === 'aws/events/Rule')
    .filter(({ body }) => body.EventPattern !== undefined && body.State !== 'DISABLED')
    .flatMap(({ body }) => (body.Targets ?? []).flatMap(({ Arn }) => Arn ?? []))
  return [...new Set(arns.filter(arn => /^arn:[^:]*:(?:sns|sqs):/.test(arn)))].sort(compare)
}
