import { UserError } from '#base/errors.ts'
import { nearest } from '#base/nearest.ts'
import type { BlueprintWorkload } from '#model/blueprint.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { keyArn, namedKey } from './secrets-store/stored-key.ts'
import { parameterOf, type Parameter, type Secret } from './secrets-store/stored.ts'
import { readsOf, type WorkloadRead } from './workload-reads.ts'

export type DeclaredReader = Reader<'aws/kms/Key' | 'aws/secretsmanager/Secret' | 'aws/ssm/Parameter'>

/** Something that a workload reads, as it is in AWS. */
export interface DeclaredRead {
  readonly read: WorkloadRead
  /** Of objects of a bucket with the wildcards that were declared. */
  readonly arn: string
  /** What holds it; objects of buckets are not looked at. */
  readonly stored?: Secret | Parameter
  /** The customer's key that it is encrypted with. */
  readonly key?: string
}

interface Place {
  readonly partition: string
  readonly region: string
  readonly account: string
}

/**
 * Everything that the role of a workload reads, mounts included.
 * @throws Unread when it or its key was not read, UserError `BAD_BLUEPRINT` when there is none of that name
 */
export function declaredReads(
  world: DeclaredReader,
  cluster: Resource<'aws/eks/Cluster'>,
  workload: BlueprintWorkload,
): readonly DeclaredRead[] {
  const [, partition = 'aws', , region = '', account = ''] = cluster.id.split(':')
  return readsOf(workload).map(read => {
    if (read.is === 's3') return { read, arn: `arn:${partition}:s3:::${read.bucket}/${read.keys}` }
    const stored = storedOf(world, read, { partition, region, account })
    const key = customerKey(world, stored)
    return { read, arn: stored.id, stored, ...(key === undefined ? {} : { key }) }
  })
}

function storedOf(world: DeclaredReader, read: Exclude<WorkloadRead, { is: 's3' }>, place: Place): Secret | Parameter {
  const { account, region } = place
  const found =
    read.is === 'parameter'
      ? parameterOf(world, { name: read.name, region }, place)
      : world.list('aws/secretsmanager/Secret', { account, region }).find(({ body }) => body.Name === read.name)
  if (found !== undefined) return found
  const others =
    read.is === 'parameter'
      ? world.seen('aws/ssm/Parameter').map(({ body }) => body.Name.replace(/^\//, ''))
      : world.seen('aws/secretsmanager/Secret').map(({ body }) => body.Name)
  const near = nearest(read.name, others)
  throw new UserError('BAD_BLUEPRINT', `there is no ${read.is} ${read.name} in ${account}/${region}`, {
    where: read.where,
    ...(near === undefined ? {} : { help: `did you mean ${near}?` }),
  })
}

/** The ARN of the key; undefined for one that AWS manages, which lets in whoever its service lets in. */
function customerKey(world: DeclaredReader, stored: Secret | Parameter): string | undefined {
  const name = namedKey(stored)
  if (name === undefined) return undefined
  const arn = keyArn(world, stored, name)
  return world.find('aws/kms/Key', arn)?.body.KeyManager === 'AWS' ? undefined : arn
}
