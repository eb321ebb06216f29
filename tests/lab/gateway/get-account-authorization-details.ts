import { rootReader } from './account-reader.ts'
import type { Handler } from './request.ts'

/**
 * IAM tells the permissions boundary of each user and role
 * (https://docs.aws.amazon.com/IAM/latest/APIReference/API_RoleDetail.html); ministack enforces it, and leaves it out here.
 */
export function getAccountAuthorizationDetails(emulatorEndpoint: string): Handler {
  return {
    operation: 'iam:GetAccountAuthorizationDetails',
    matches: ({ service, parameters }) => service === 'iam' && parameters.get('Action') === 'GetAccountAuthorizationDetails',
    async answer(request, upstream) {
      const answer = await upstream(request)
      const xml = answer.body.toString('utf8')
      const account = /<Arn>arn:[^:]*:iam::(\d{12}):/.exec(xml)?.[1]
      if (answer.status !== 200 || account === undefined) return answer
      const boundaryOf = rootReader(emulatorEndpoint, account)
      const names = [...xml.matchAll(/<(RoleName|UserName)>([^<]+)<\/\1>/g)]
      const boundaries = new Map<string, string>()
      for (const [whole, kind = '', name = ''] of names) {
        const arn = boundaries.has(whole) ? undefined : await boundaryOf(kind === 'RoleName' ? 'role' : 'user', name)
        if (arn !== undefined) boundaries.set(whole, arn)
      }
      const told = xml.replaceAll(/<(RoleName|UserName)>[^<]+<\/\1>/g, whole => `${whole}${boundaryXml(boundaries.get(whole))}`)
      return { ...answer, body: Buffer.from(told) }
    },
  }
}

const boundaryXml = (arn: string | undefined): string =>
  arn === undefined
    ? ''
    : `<PermissionsBoundary><PermissionsBoundaryType>Policy</PermissionsBoundaryType><PermissionsBoundaryArn>${arn}</PermissionsBoundaryArn></PermissionsBoundary>`
