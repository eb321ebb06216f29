import type { PolicyDocument } from '#iam/document.ts'
import { setting, targetOf, type Change } from '#model/change.ts'
import { sameValue } from '#model/comparison.ts'
import { ownerTag } from '#model/owner.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import type { Proposal } from './proposal.ts'

/** The inline policy that Mortise writes; of a role that it did not make it touches nothing else but what it attaches. */
export const policyName = 'mortise'

/** A role, as far as somebody declares it. */
export interface WantedRole {
  readonly arn: string
  /** Of a role that is made. */
  readonly trust: PolicyDocument
  /** Without statements: nothing is asked of it. */
  readonly policy: PolicyDocument
  /** ARNs of managed policies that it has besides. */
  readonly managed?: readonly string[]
  readonly joint: string
  /** `read them`, for titles. */
  readonly verb: string
  /** What whoever has the role may then do, a sentence. */
  readonly risk: string
}

/**
 * What is missing for a role to be there and to allow what it shall. The trust policy of one that exists is left to whoever lets pods have it.
 * @throws Unread when the role was not read
 */
export function roleProposals(world: Reader<'aws/iam/Role'>, wanted: WantedRole): readonly Proposal[] {
  const role = world.find('aws/iam/Role', wanted.arn)
  return role === undefined ? [creation(wanted)] : [...writing(role, wanted), ...attaching(role, wanted)]
}

/** IAM is eventually consistent. https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency */
const wait = { for: 'propagation', seconds: 10 } as const

function creation({ arn, trust, policy, managed = [], joint, risk }: WantedRole): Proposal {
  const hasPolicy = [policy.Statement].flat().length > 0
  const body = {
    Arn: arn,
    RoleName: nameOf(arn),
    AssumeRolePolicyDocument: trust,
    RolePolicyList: hasPolicy ? [{ PolicyName: policyName, PolicyDocument: policy }] : [],
    AttachedManagedPolicies: managed.map(attached),
    Tags: [ownerTag],
  }
  const [, , , , account = ''] = arn.split(':')
  const change: Change = {
    target: { kind: 'aws/iam/Role', id: arn, scope: { account } },
    edit: { do: 'create', body },
    permissions: [
      'iam:CreateRole',
      'iam:TagRole',
      ...(hasPolicy ? ['iam:PutRolePolicy'] : []),
      ...(managed.length === 0 ? [] : ['iam:AttachRolePolicy']),
    ],
    risk,
  }
  return { change, title: `create role ${nameOf(arn)}`, makes: `${joint}: role, trust, permissions`, wait }
}

function writing(role: Resource<'aws/iam/Role'>, { policy, joint, verb, risk }: WantedRole): readonly Proposal[] {
  const list = role.body.RolePolicyList ?? []
  const own = list.find(({ PolicyName }) => PolicyName === policyName)
  if ([policy.Statement].flat().length === 0 || sameValue(own?.PolicyDocument, policy)) return []
  // IAM gives the list in an order of its own: it is written as a whole.
  const after = [...list.filter(each => each !== own), { PolicyName: policyName, PolicyDocument: policy }]
  const edit = setting(role, ['RolePolicyList'], after)
  const change = { target: targetOf(role), edit, permissions: ['iam:PutRolePolicy'], risk }
  return [{ change, title: `let role ${nameOf(role.id)} ${verb}`, makes: `${joint}: permissions`, wait }]
}

function attaching(role: Resource<'aws/iam/Role'>, { managed = [], joint, risk }: WantedRole): readonly Proposal[] {
  const list = role.body.AttachedManagedPolicies ?? []
  const missing = managed.filter(arn => !list.some(({ PolicyArn }) => PolicyArn === arn))
  if (missing.length === 0) return []
  const edit = setting(role, ['AttachedManagedPolicies'], [...list, ...missing.map(attached)])
  const change = { target: targetOf(role), edit, permissions: ['iam:AttachRolePolicy'], risk }
  const title = `attach ${missing.map(nameOf).join(', ')} to role ${nameOf(role.id)}`
  return [{ change, title, makes: `${joint}: permissions`, wait }]
}

const attached = (PolicyArn: string) => ({ PolicyName: nameOf(PolicyArn), PolicyArn })

const nameOf = (arn: string): string => arn.slice(arn.lastIndexOf('/') + 1)
