import type { Handler } from './request.ts'

/**
 * IAM keeps a provider's URL without its scheme and answers so, whatever was given when it was made
 * (https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetOpenIDConnectProvider.html, the example); ministack
 * answers what was given.
 */
export const getOpenIdConnectProvider: Handler = {
  operation: 'iam:GetOpenIDConnectProvider',
  matches: ({ service, parameters }) => service === 'iam' && parameters.get('Action') === 'GetOpenIDConnectProvider',
  async answer(request, upstream) {
    const answer = await upstream(request)
    const xml = answer.body.toString('utf8').replace('<Url>https://', '<Url>')
    return { ...answer, body: Buffer.from(xml) }
  },
}
