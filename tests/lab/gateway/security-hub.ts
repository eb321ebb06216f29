import { jsonAnswer, jsonError } from './answers.ts'
import type { Principals } from './principals.ts'
import type { Handler } from './request.ts'

const operations: Readonly<Record<string, string>> = {
  'POST /accounts': 'EnableSecurityHub',
  'GET /accounts': 'DescribeHub',
  'DELETE /accounts': 'DisableSecurityHub',
  'GET /productSubscriptions': 'ListEnabledProductsForImport',
}

/** Whether Security Hub is on in an account and region, with GuardDuty among its products while it is. https://docs.aws.amazon.com/securityhub/1.0/APIReference/ */
export function securityHub({ accountOf, refusal }: Principals): Handler {
  const since = new Map<string, string>()
  return {
    operation: 'securityhub:DescribeHub and three more',
    matches: ({ service, method, path }) => service === 'securityhub' && operations[`${method} ${path}`] !== undefined,
    async answer(request, upstream) {
      const { method, path, region } = request
      const [operation = '', account] = [operations[`${method} ${path}`], accountOf(request)]
      const arn = (rest: string) => `arn:aws:securityhub:${region}:${account}:${rest}`
      const refused = await refusal(request, upstream, `securityhub:${operation}`, arn('hub/default'))
      if (refused !== undefined) return refused
      const where = `${account} ${region}`
      if (operation === 'EnableSecurityHub') since.set(where, new Date().toISOString())
      const subscribed = since.get(where)
      if (subscribed === undefined)
        return jsonError('InvalidAccessException', `Account ${account} is not subscribed to AWS Security Hub`, 401)
      if (operation === 'DisableSecurityHub') since.delete(where)
      if (operation === 'DescribeHub') return jsonAnswer({ HubArn: arn('hub/default'), SubscribedAt: subscribed, AutoEnableControls: true })
      return jsonAnswer(operation.startsWith('List') ? { ProductSubscriptions: [arn('product-subscription/aws/guardduty')] } : {})
    },
  }
}
