import { Unread } from '#base/errors.ts'
import type { Evidence } from '#model/resource.ts'
import { externalStored, externalText, type External } from './external-reads.ts'
import { secretsNamed } from './secrets-named.ts'
import type { Secret, StoredReader } from './stored.ts'

/** Why there is nothing to read. */
export interface Lack {
  /** Follows "asks for". */
  readonly what: string
  readonly evidence: readonly Evidence[]
  readonly help: string
}

/**
 * What is lacking of what an ExternalSecret asks for; where it is when nothing is.
 * @throws Unread when it was not read
 */
export function lackOf(world: StoredReader, external: External): Lack | Evidence {
  const stored = externalStored(world, external)
  if (stored === undefined) return nothingThere(world, external)
  if (stored.kind === 'aws/secretsmanager/Secret') return secretLack(stored, external)
  const { version } = external.asked
  const { Version: latest } = stored.body
  if (version === undefined || latest === undefined || !(Number(version) > latest)) return stored.at(['Name'], 'the parameter is there')
  return {
    what: `version ${version} of ${externalText(external)}, whose latest is ${latest}`,
    evidence: [stored.at(['Version'], 'the latest version')],
    help: 'Leave remoteRef.version out, so that the latest is read, or name a version that there is.',
  }
}

function nothingThere(world: StoredReader, external: External): Lack {
  const { service, name, region, home } = external
  const [, , , named = region, account = home.account] = name.startsWith('arn:') ? name.split(':') : []
  const others = service === 'SecretsManager' ? secretsNamed(world, name).slice(0, 3) : []
  return {
    what: `${externalText(external)}, which does not exist in ${named} of account ${account}`,
    evidence: others.map(other => other.at(['ARN'], 'a secret of that name is here')),
    help:
      others.length === 0
        ? `Make it in ${named}, or correct remoteRef.key; a prefix of the store goes before it.`
        : 'Let a store read in the region where it is; of another account name it by its whole ARN, which also takes a policy of the secret and of its key.',
  }
}

function secretLack(secret: Secret, external: External): Lack | Evidence {
  const { asked } = external
  const { DeletedDate, VersionIdsToStages: versions } = secret.body
  if (DeletedDate !== undefined)
    return {
      what: `${externalText(external)}, which is scheduled for deletion`,
      evidence: [secret.at(['DeletedDate'], 'it was deleted then, and can be restored until its recovery window ends')],
      help: `Where it is still needed: aws secretsmanager restore-secret --secret-id ${secret.body.Name}.`,
    }
  // Its tags are there without any version. Versions without a label are not in the description: whether they are still there is not told.
  if (!asked.value || asked.version?.startsWith('uuid/') === true) return secret.at(['ARN'], 'the secret is there')
  const label = asked.version ?? 'AWSCURRENT'
  if (versions === undefined && secret.body.CreatedDate === undefined)
    throw new Unread({
      kind: secret.kind,
      id: secret.id,
      reason: 'the secret was listed without its versions',
      settle: { by: 'iam', action: 'secretsmanager:DescribeSecret' },
    })
  const found = Object.entries(versions ?? {}).find(([, stages]) => stages?.includes(label) === true)
  if (found !== undefined) return secret.at(['VersionIdsToStages', found[0]], 'the version that it asks for')
  return {
    what: `${asked.version === undefined ? 'the current version' : `version ${label}`} of ${externalText(external)}, which has none of that label`,
    evidence: [
      versions === undefined ? secret.at(['Name'], 'it has no value at all') : secret.at(['VersionIdsToStages'], 'the labels that it has'),
    ],
    help:
      asked.version === undefined
        ? 'Put a value into the secret.'
        : 'Leave remoteRef.version out, so that AWSCURRENT is read, or name a label that the secret has, or uuid/ and the id of a version.',
  }
}
