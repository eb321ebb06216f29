import type { Proposal } from '#joints/proposal.ts'
import { setting, targetOf, type Change } from '#model/change.ts'
import type { Reader } from '#model/world.ts'
import { accountDefault } from './account-default.ts'
import type { Home } from './home.ts'
import { keyNamed, parseKeyName, type Key } from './keys.ts'

const makes = 'ebs-encryption: account default'

/**
 * What is missing for EC2 to encrypt every new volume of the account in the region; with the key, first: volumes that are made in between then have it too.
 * https://docs.aws.amazon.com/ebs/latest/userguide/encryption-by-default.html
 * @throws Unread when the setting was not read
 */
export function accountProposals(
  world: Reader<'aws/ec2/EbsEncryptionByDefault' | 'aws/kms/Key'>,
  home: Home,
  key: Key | undefined,
): readonly Proposal[] {
  const found = accountDefault(world, home)
  const of = (path: string, after: unknown, permission: string, risk: string): Change => ({
    target: targetOf(found),
    edit: setting(found, [path], after),
    permissions: [permission],
    risk,
  })
  const { account, region } = home
  const proposals: Proposal[] = []
  if (key !== undefined && !isSameKey(world, home, found.body.KmsKeyId, key)) {
    const risk = `Whoever makes volumes in ${account}/${region} and names no key must be allowed to use this one: Auto Scaling groups and Karpenter among them.`
    proposals.push({
      change: of('KmsKeyId', key.id, 'ec2:ModifyEbsDefaultKmsKeyId', risk),
      title: `let EC2 encrypt volumes that name no key with ${key.body.KeyId}`,
      makes,
    })
  }
  if (found.body.EbsEncryptionByDefault !== true) {
    const risk = `Every new volume and snapshot copy of ${account}/${region} is encrypted from then on, whoever makes it.`
    proposals.push({
      change: of('EbsEncryptionByDefault', true, 'ec2:EnableEbsEncryptionByDefault', risk),
      title: `switch on EBS encryption by default in ${account}/${region}`,
      makes,
    })
  }
  return proposals
}

function isSameKey(world: Reader<'aws/kms/Key'>, home: Home, now: string | undefined, key: Key): boolean {
  const name = parseKeyName(now ?? '', home)
  if (name.is === 'malformed') return false
  // The account's own key has an alias before it exists.
  return name.arn === key.id || (name.is === 'alias' && !name.arn.endsWith(':alias/aws/ebs') && keyNamed(world, name)?.id === key.id)
}
