import { UserError } from '#base/errors.ts'
import type { Target } from '#model/change.ts'
import type { Kinds } from '#model/kinds.ts'
import type { Live, Writer } from '../writer.ts'
import { call, type AwsAccess } from './aws-access.ts'
import { ec2Of, type Ec2 } from './clients.ts'

type Body = Kinds['aws/ec2/EbsEncryptionByDefault']

/** EC2's own key for volumes, by the name that it gives it. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_GetEbsDefaultKmsKeyId.html */
const ownKey = 'alias/aws/ebs'

/** Encryption by default, of one account in one region: it is always there, and never made or deleted. */
export function ebsEncryptionWriter(access: AwsAccess): Writer<'aws/ec2/EbsEncryptionByDefault'> {
  const connected = ec2Of(access)
  const refuse = async ({ id }: Target): Promise<never> => {
    throw new UserError('NOT_WRITABLE', `the setting ${id} is neither made nor deleted`, { help: 'report this plan' })
  }
  return {
    read: async ({ id }) => read(await connected(), id),
    create: refuse,
    delete: refuse,
    update: async (_target, { body }, after) => update(await connected(), body, after),
  }
}

async function read({ ec2, commands }: Ec2, Id: string): Promise<Live<'aws/ec2/EbsEncryptionByDefault'>> {
  const isOn = await call('ec2', 'GetEbsEncryptionByDefault', () => ec2.send(new commands.GetEbsEncryptionByDefaultCommand({})))
  const key = await call('ec2', 'GetEbsDefaultKmsKeyId', () => ec2.send(new commands.GetEbsDefaultKmsKeyIdCommand({})))
  return { body: { Id, EbsEncryptionByDefault: isOn.EbsEncryptionByDefault === true, KmsKeyId: key.KmsKeyId ?? ownKey } }
}

async function update({ ec2, commands }: Ec2, before: Body, after: Body): Promise<void> {
  const { KmsKeyId = ownKey } = after
  if (before.KmsKeyId !== KmsKeyId && KmsKeyId === ownKey)
    await call('ec2', 'ResetEbsDefaultKmsKeyId', () => ec2.send(new commands.ResetEbsDefaultKmsKeyIdCommand({})))
  else if (before.KmsKeyId !== KmsKeyId)
    await call('ec2', 'ModifyEbsDefaultKmsKeyId', () => ec2.send(new commands.ModifyEbsDefaultKmsKeyIdCommand({ KmsKeyId })))
  if (before.EbsEncryptionByDefault === after.EbsEncryptionByDefault) return
  if (after.EbsEncryptionByDefault === true)
    await call('ec2', 'EnableEbsEncryptionByDefault', () => ec2.send(new commands.EnableEbsEncryptionByDefaultCommand({})))
  else await call('ec2', 'DisableEbsEncryptionByDefault', () => ec2.send(new commands.DisableEbsEncryptionByDefaultCommand({})))
}
