import { parseArn } from './arn.ts'
import { accountOf, type Question } from './question.ts'
import { RESOURCE_CONTROL_DOUBTFUL, RESOURCE_CONTROL_SERVICES } from './resource-control-services.ts'
import { NO, UNSURE, YES, type Truth } from './truth.ts'

export function isServiceLinkedRole(question: Question): boolean {
  const { principal } = question.request
  return principal.kind === 'roleSession' && (parseArn(principal.roleArn)?.resource.startsWith('role/aws-service-role/') ?? false)
}

/**
 * Service control policies bind users, roles and the root of member accounts, service-linked roles excepted; not services, anonymous or
 * federated callers, nor the management account. https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html
 */
export function serviceControlApplies(question: Question): boolean {
  const { organization } = question.request
  return accountOf(question) !== undefined && organization?.principalInManagementAccount !== true && !isServiceLinkedRole(question)
}

export function resourceControlApplies(question: Question): Truth {
  const { organization, awsManagedKey } = question.request
  if (organization?.resourceInManagementAccount === true || awsManagedKey === true || isServiceLinkedRole(question)) return NO
  if (question.action === 'kms:retiregrant') return NO
  const service = question.action.slice(0, question.action.indexOf(':'))
  if (RESOURCE_CONTROL_SERVICES.has(service)) return YES
  return RESOURCE_CONTROL_DOUBTFUL.has(service) ? UNSURE : NO
}

/** Roles and KMS keys have a policy that must take part in every allow: without it the account's own policies mean nothing. */
export function resourcePolicyMustAllow(question: Question): boolean {
  const segments = question.resourceSegments
  const service = segments[2]
  const resource = segments[5]
  if (service === 'kms') return resource?.startsWith('key/') === true && question.action.startsWith('kms:')
  return service === 'iam' && resource?.startsWith('role/') === true && question.action.startsWith('sts:')
}

export type Relation = 'noAccount' | 'same' | 'cross' | 'unsure'

/** Whether principal and resource share an account. `*` and ARNs of AWS's own (`iam::aws:policy/…`) are everybody's. */
export function relation(question: Question): Relation {
  const own = accountOf(question)
  if (own === undefined) return 'noAccount'
  if (question.request.resource === '*') return 'same'
  const owner = question.request.resourceAccount ?? question.resourceSegments[4]
  if (owner === 'aws' || owner === own) return 'same'
  return owner === undefined || owner === '' ? 'unsure' : 'cross'
}
