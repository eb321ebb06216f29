import type { Fault, FaultKind } from './statement-faults.ts'
import type { BrokenTrust } from './trust-verdict.ts'

type Say = (broken: BrokenTrust, fault: Fault) => string

const roleOf = ({ role }: BrokenTrust): string => `role ${role.body.RoleName}`

/** Both ends and the broken edge, for every way to miss that has no check of its own. */
export function mismatch(broken: BrokenTrust): string {
  const { diagnosis, serviceAccount } = broken
  const [fault] = diagnosis.faults
  if (diagnosis.of === 'denied') return `${roleOf(broken)} explicitly denies service account ${serviceAccount.id}`
  if (diagnosis.of === 'none') return `${roleOf(broken)} has no statement for service account ${serviceAccount.id} of this cluster`
  return (messages[fault.kind] ?? doesNotTrust)(broken, fault)
}

const doesNotTrust: Say = broken => `${roleOf(broken)} does not trust ${broken.token.subject}`

const messages: Readonly<Partial<Record<FaultKind, Say>>> = {
  subject: subjectMessage,
  audience: (broken, fault) =>
    `${roleOf(broken)} expects audience ${fault.written.join(' or ')}, tokens of service account ${broken.serviceAccount.id} say ${broken.token.audience}`,
  operator: (broken, fault) =>
    `${roleOf(broken)} compares service account ${broken.serviceAccount.id} with ${fault.operator ?? 'an operator'}, which never holds`,
  excluded: (broken, fault) =>
    `${roleOf(broken)} trusts all but ${fault.written.join(', ')}, and service account ${broken.serviceAccount.id} is one of them`,
  condition: (broken, fault) =>
    `${roleOf(broken)} has a condition on ${fault.key ?? 'a key'} that service account ${broken.serviceAccount.id} does not meet`,
  'not-action': broken => `${roleOf(broken)} leaves sts:AssumeRoleWithWebIdentity out for service account ${broken.serviceAccount.id}`,
  invalid: broken =>
    `${roleOf(broken)} has a trust statement that IAM refuses, so it does not trust service account ${broken.serviceAccount.id}`,
}

/** Tells a wrong namespace from a wrong name where one of the two is right. */
function subjectMessage(broken: BrokenTrust, fault: Fault): string {
  const [, , namespace, name] = broken.token.subject.split(':')
  const subjects = fault.written.map(value => /^system:serviceaccount:([^:*?]+):([^:*?]+)$/.exec(value))
  const sameName = subjects.find(match => match?.[2] === name)
  if (sameName !== undefined) return `${roleOf(broken)} trusts ${name} in namespace ${sameName?.[1]}, not in ${namespace}`
  const sameNamespace = subjects.find(match => match?.[1] === namespace)
  if (sameNamespace !== undefined)
    return `${roleOf(broken)} trusts service account ${sameNamespace?.[2]} of namespace ${namespace}, not ${name}`
  return doesNotTrust(broken, fault)
}

/** What the engine's smallest edit does, in the imperative. */
export function mismatchFix({ diagnosis, token }: BrokenTrust): string {
  if (diagnosis.of === 'denied') return `exempt ${token.subject} from the Deny`
  if (diagnosis.faults[0].kind === 'audience') return `accept tokens for ${token.audience}`
  return `trust ${token.subject}`
}

/** What a person decides where the restriction is deliberate, or not a policy that IAM would take. */
export function mismatchHelp({ diagnosis, token }: BrokenTrust): string {
  if (diagnosis.of === 'denied') return `Decide whether the Deny is meant. If it is not, leave ${token.subject} out of it.`
  if (diagnosis.faults[0].kind === 'invalid') return 'Correct the element. IAM refuses a policy that has it.'
  return `Decide whether the restriction is meant. If it is not, change it so that the statement matches ${token.subject}.`
}
