import { ec2Answer, isRefusal } from './answers.ts'
import type { Principals } from './principals.ts'
import type { GatewayRequest, Handler } from './request.ts'

interface Setting {
  isOn: boolean
  /** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_GetEbsDefaultKmsKeyId.html */
  key: string
}

const ownKey = 'alias/aws/ebs'

/** What each operation does to the account's setting in that region, and what it answers. */
const operations: Readonly<Record<string, (setting: Setting, request: GatewayRequest) => string>> = {
  GetEbsEncryptionByDefault: setting => `<ebsEncryptionByDefault>${setting.isOn}</ebsEncryptionByDefault>`,
  EnableEbsEncryptionByDefault: setting => `<ebsEncryptionByDefault>${(setting.isOn = true)}</ebsEncryptionByDefault>`,
  DisableEbsEncryptionByDefault: setting => `<ebsEncryptionByDefault>${(setting.isOn = false)}</ebsEncryptionByDefault>`,
  GetEbsDefaultKmsKeyId: setting => `<kmsKeyId>${setting.key}</kmsKeyId>`,
  ModifyEbsDefaultKmsKeyId: (setting, { parameters }) => `<kmsKeyId>${(setting.key = parameters.get('KmsKeyId') ?? ownKey)}</kmsKeyId>`,
  ResetEbsDefaultKmsKeyId: setting => `<kmsKeyId>${(setting.key = ownKey)}</kmsKeyId>`,
}

/** ministack has none of these six; it decides who may call them. The key stays as it was given, where EC2 would make an ARN of an id. */
export function ebsEncryption({ accountOf }: Principals): Handler {
  const settings = new Map<string, Setting>()
  return {
    operation: 'ec2:GetEbsEncryptionByDefault and five more',
    matches: ({ service, parameters }) => service === 'ec2' && operations[parameters.get('Action') ?? ''] !== undefined,
    async answer(request, upstream) {
      const answer = await upstream(request)
      if (isRefusal(answer)) return answer
      const where = `${accountOf(request)} ${request.region}`
      const setting = settings.get(where) ?? { isOn: false, key: ownKey }
      settings.set(where, setting)
      const operation = request.parameters.get('Action') ?? ''
      return ec2Answer(operation, operations[operation]?.(setting, request) ?? '')
    },
  }
}
