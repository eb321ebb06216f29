import { Unread } from '#base/errors.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { inHome, type Home } from './home.ts'

export type AccountDefault = Resource<'aws/ec2/EbsEncryptionByDefault'>

/**
 * Whether EC2 encrypts new volumes of the account in the region though nobody asks for it.
 * https://docs.aws.amazon.com/ebs/latest/userguide/encryption-by-default.html
 * @throws Unread when it was not read
 */
export function accountDefault(world: Reader<'aws/ec2/EbsEncryptionByDefault'>, home: Omit<Home, 'cluster'>): AccountDefault {
  const [found] = world.list('aws/ec2/EbsEncryptionByDefault', inHome(home))
  if (found?.body.EbsEncryptionByDefault !== undefined) return found
  throw new Unread({
    kind: 'aws/ec2/EbsEncryptionByDefault',
    reason: 'whether EC2 encrypts by default was not told',
    settle: { by: 'iam', action: 'ec2:GetEbsEncryptionByDefault' },
  })
}
