import { parseArn } from '#iam/arn.ts'
import type { ExternalReader } from './external-reads.ts'
import { readBy, secretsReadBy, type Reach } from './readable-secrets.ts'
import type { Asker } from './reads.ts'
import type { AwsStore } from './secret-stores.ts'
import type { Parameter, Secret } from './stored.ts'

/**
 * Secrets and parameters of the store's region, with its prefix, that the role by which it asks may read.
 * @throws Unread when there are none, and not all were read
 */
export function reachOf(world: ExternalReader, asker: Asker, { service, region, prefix = '' }: AwsStore): Reach {
  const isOfStore = ({ id, body: { Name } }: Secret | Parameter) => parseArn(id)?.region === region && Name.startsWith(prefix)
  if (service === 'SecretsManager') return secretsReadBy(world, asker, region, isOfStore)
  const reach = readBy(world, asker, 'ssm:GetParameter', world.seen('aws/ssm/Parameter').filter(isOfStore))
  if (reach.found.length === 0) world.list('aws/ssm/Parameter', { account: asker.home.account, region })
  return reach
}
