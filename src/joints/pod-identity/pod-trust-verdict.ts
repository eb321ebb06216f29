import { applyEdits } from '#iam/edit.ts'
import type { Difference } from '#iam/explain.ts'
import { policyChanges } from '#joints/policy-edits.ts'
import { trustPath } from '#joints/trust.ts'
import type { Path } from '#model/place.ts'
import type { Evidence } from '#model/resource.ts'
import { fail, pass, skip, type Fix, type Verdict } from '#model/verdict.ts'
import type { Reader } from '#model/world.ts'
import { roleArnOf, sendsTags, type Association } from './association.ts'
import { podTrustOf, type PodTrust, type TrustCause } from './pod-trust.ts'

/** A trust that is denied, and what keeps the nearest statement from matching. */
export interface BrokenTrust extends PodTrust {
  readonly denied: NonNullable<PodTrust['denied']>
  readonly difference: Difference | undefined
}

/** What one check adds to the verdict that all trust checks share. */
export interface Said {
  readonly message: string
  /** About the place that decides. */
  readonly label: string
  /** What the fix does, in the imperative. */
  readonly fix: string
  readonly help: string
  /** Further places. */
  readonly also?: readonly Evidence[]
  readonly changes?: Fix['changes']
}

const ids: Readonly<Record<TrustCause, string>> = {
  principal: 'pod-identity/trust-missing-principal',
  'tag-session': 'pod-identity/trust-missing-tag-session',
  'tags-disabled': 'pod-identity/request-tag-with-tags-disabled',
  other: 'pod-identity/trust-does-not-match',
}

/**
 * One denied trust has one cause, and only the check of that cause fires. All of them pass when the role lets EKS in.
 * @throws Unread when the association, the role or its policy was not read.
 */
export function podTrustVerdict(
  world: Reader<'aws/iam/Role'>,
  association: Association,
  cause: TrustCause,
  say: (broken: BrokenTrust) => Said,
): Verdict {
  const role = world.find('aws/iam/Role', roleArnOf(association))
  if (role === undefined) return skip('the role does not exist')
  const trust = podTrustOf(world, association, role)
  const { denied, decision, policy } = trust
  if (denied === undefined) {
    const path = policy.statements[decision.decidedBy?.statement ?? 0]?.path ?? []
    return pass(role.at([...trustPath, ...path], `this statement lets EKS in to ${role.body.RoleName}`))
  }
  if (denied.cause !== cause) return skip(`the trust is broken in another way: ${ids[denied.cause]}`)
  return verdict({ ...trust, denied, difference: denied.nearest?.differences.find(({ unknown }) => !unknown) }, say)
}

const effect =
  'EKS cannot assume the role ("EKS does not have permissions to assume the associated role"), so the pods get no AWS credentials.'

function verdict(broken: BrokenTrust, say: (broken: BrokenTrust) => Said): Verdict {
  const { association } = broken
  const said = say(broken)
  const evidence: [Evidence, ...Evidence[]] = [
    decisive(broken, said.label),
    ...(said.also ?? []),
    association.at(['roleArn'], 'the association names this role'),
  ]
  const changes = said.changes ?? healed(broken)
  return fail({
    message: said.message,
    evidence,
    effect,
    ...(changes === undefined ? { help: said.help } : { fix: { title: said.fix, safe: false, changes } }),
  })
}

/** The place that decides: of the nearest statement the first element that differs, of a denial its effect. */
function decisive({ role, denied, difference, policy }: BrokenTrust, label: string): Evidence {
  const at = (path: Path, spot: 'key' | 'value') => role.at([...trustPath, ...path], label, spot)
  if (denied.cause === 'principal' || denied.nearest === undefined) return at(['Statement'], 'key')
  const statement = policy.statements[denied.nearest.statement]?.path ?? ['Statement']
  if (denied.nearest.effect === 'Deny') return at([...statement, 'Effect'], 'value')
  if (difference === undefined) return at(statement, 'value')
  return difference.element === 'Condition' && difference.actual === undefined
    ? at(keyPath(difference), 'key')
    : at(difference.path, 'value')
}

const keyPath = ({ path }: Difference): Path => (typeof path.at(-1) === 'number' ? path.slice(0, -1) : path)

function healed({ role, policy, association, denied: { heal, cause } }: BrokenTrust): Fix['changes'] | undefined {
  if (heal === undefined) return undefined
  const isOpen = cause === 'principal' && !sendsTags(association)
  const risk = isOpen
    ? 'Without tags no condition can tell service accounts apart: whoever may make an association in the account can then give the role to any pod.'
    : heal.widens.length === 0
      ? 'Pods of the service account then act as the role.'
      : `Afterwards ${heal.widens.join(', and ')}.`
  return policyChanges(role, trustPath, applyEdits(policy.document, heal.edits), {
    permissions: ['iam:UpdateAssumeRolePolicy'],
    risk,
  })
}
