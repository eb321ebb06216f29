import { parseArn } from '#iam/arn.ts'
import { askAccess } from '#joints/access.ts'
import type { UnreadFact } from '#base/errors.ts'
import type { Evidence } from '#model/resource.ts'
import { decidingEvidence, whyUnknown } from '../irsa/pod-role.ts'
import type { ExternalReader } from './external-reads.ts'
import { secretsReadBy } from './readable-secrets.ts'
import type { Asker } from './reads.ts'
import type { AwsStore } from './secret-stores.ts'
import type { Parameter, Secret } from './stored.ts'

/** What whoever may name a store reads through it, of what was read. */
export interface Reach {
  readonly found: readonly { readonly stored: Secret | Parameter; readonly at: Evidence | undefined }[]
  /** Why there may be more. */
  readonly unread: UnreadFact | undefined
}

const most = 100

/**
 * Secrets and parameters of the store's region, with its prefix, that the role by which it asks may read.
 * @throws Unread when there are none, and not all were read
 */
export function reachOf(world: ExternalReader, asker: Asker, { service, region, prefix = '' }: AwsStore): Reach {
  const isOfStore = ({ id, body: { Name } }: Secret | Parameter) => parseArn(id)?.region === region && Name.startsWith(prefix)
  if (service === 'SecretsManager') {
    const { beyond, unread } = secretsReadBy(world, asker, region, isOfStore)
    return { found: beyond.map(({ secret, at }) => ({ stored: secret, at })), unread }
  }
  let unread: UnreadFact | undefined
  const action = 'ssm:GetParameter'
  const parameters = world.seen('aws/ssm/Parameter').filter(isOfStore).slice(0, most)
  const found = parameters.flatMap(stored => {
    const answer = askAccess(world, asker.caller, { action, resource: stored.id })
    if (answer.decision.answer === 'unknown') unread ??= whyUnknown(answer, asker.role).fact
    return answer.decision.answer === 'allow' ? [{ stored, at: decidingEvidence(answer, `this allows ${action}`) }] : []
  })
  if (found.length === 0) world.list('aws/ssm/Parameter', { account: asker.home.account, region })
  return { found, unread }
}
