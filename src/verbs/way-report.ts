import { applyEdits } from '#iam/edit.ts'
import type { Residual } from '#iam/residual.ts'
import { placedPolicy, type AccessAnswer } from '#joints/access.ts'
import type { AccessHeal } from '#joints/access-heal.ts'
import { layersSay, statementEvidence, statementText } from '#joints/access-layers.ts'
import { mechanismText, type Mechanism } from '#joints/access-mechanism.ts'
import type { PartDenied } from '#joints/access-pattern.ts'
import { policyChanges } from '#joints/policy-edits.ts'
import type { Kind } from '#model/kinds.ts'
import type { Evidence } from '#model/resource.ts'
import type { Fix } from '#model/verdict.ts'
import type { ResidualReport, WayReport } from '#report/decision.ts'

/** What a decision says, in words and places, for one AWS identity of a subject. */
export function wayReport(
  mechanism: Mechanism,
  answer: AccessAnswer | undefined,
  heals: readonly AccessHeal[],
  parts: readonly PartDenied[],
): WayReport {
  const { session } = mechanism
  const steps = mechanism.steps
  const common = {
    by: mechanismText[mechanism.by],
    mechanism: mechanism.by,
    steps,
    session: session.is,
    ...(mechanism.roleArn === undefined ? {} : { roleArn: mechanism.roleArn }),
    conditional: [],
    unread: [],
    notRead: [],
    layers: [],
    heals: [],
  }
  if (session.is === 'refused')
    return { ...common, verdict: 'deny', headline: `it gets no AWS session: ${session.reason}`, evidence: session.at }
  if (answer === undefined) {
    const unread = session.is === 'unknown' ? [session.fact] : []
    return { ...common, verdict: 'unknown', headline: 'which AWS identity it has is not known', evidence: [], unread }
  }
  const decided = decidedWay(answer, parts)
  const verdict = session.is === 'unknown' ? 'unknown' : decided.verdict
  const headline = session.is === 'unknown' ? `whether it gets its session is not known; with it: ${decided.headline}` : decided.headline
  return {
    ...common,
    caller: answer.caller.text,
    ...decided,
    verdict,
    headline,
    unread: session.is === 'unknown' ? [session.fact, ...answer.unread] : answer.unread,
    layers: layersSay(answer),
    heals: heals.map(healFix),
    ...(verdict === 'deny' && heals.length === 0 ? helpFor(answer) : {}),
  }
}

const layerNames: Readonly<Record<string, string>> = {
  identity: 'an identity policy',
  boundary: 'the permissions boundary',
  session: 'the session policy',
  endpoint: 'the policy of the VPC endpoint',
  resource: 'the policy of the resource',
}

/** Where no edit of one policy helps: what a person can do. */
function helpFor({ decision, request, caller, side, block }: AccessAnswer): Pick<WayReport, 'help'> {
  if (block !== undefined) return { help: 'Name whom the bucket lets in, so that its policy is no longer public.' }
  const layer = decision.decidedBy?.layer ?? decision.missingLayer
  if (layer === 'serviceControl' || layer === 'resourceControl')
    return { help: 'An administrator of the organization decides this: its policies are not edited for one caller.' }
  if (decision.answer === 'explicitDeny')
    return { help: 'The Deny names no exceptions that could be added to: take it out, or narrow it by hand.' }
  const owner = layer === 'resource' ? (side.resource?.id ?? request.resource) : caller.text
  return {
    help: `Allow ${request.action} on ${request.resource} in ${layerNames[layer ?? ''] ?? 'a policy'} of ${owner}.`.replace(
      'of the resource of',
      'of',
    ),
  }
}

type Decided = Pick<WayReport, 'verdict' | 'headline' | 'evidence' | 'decision' | 'conditional' | 'notRead'>

function decidedWay(answer: AccessAnswer, parts: readonly PartDenied[]): Decided {
  const { decision, layers } = answer
  const { decidedBy } = decision
  const placed = decidedBy === undefined ? undefined : placedPolicy(layers, decidedBy)
  const by = placed === undefined || decidedBy === undefined ? decision.reason : statementText(placed, decidedBy)
  const label = decision.answer === 'allow' ? 'this statement allows it' : 'this statement denies it'
  const evidence = placed === undefined || decidedBy === undefined ? [] : [statementEvidence(placed, decidedBy.statement, label)]
  const common = {
    decision,
    conditional: decision.conditional.map(residual => residualReport(answer, residual)),
    notRead: decision.notRead,
  }
  switch (decision.answer) {
    case 'allow':
      if (parts.length > 0)
        return {
          ...common,
          verdict: 'unknown',
          headline: `allowed for some of it: ${parts.map(part => part.text).join('; ')}`,
          evidence: [...evidence, ...parts.map(part => part.at)],
        }
      return { ...common, verdict: 'allow', headline: placed === undefined ? `allowed: ${by}` : `allowed by ${by}`, evidence }
    case 'explicitDeny':
      return { ...common, verdict: 'deny', headline: placed === undefined ? `denied: ${by}` : `denied by ${by}`, evidence }
    case 'implicitDeny':
      return {
        ...common,
        verdict: 'deny',
        headline: `denied: ${decision.reason}`,
        evidence: answer.block === undefined ? missingEvidence(answer) : [answer.block],
      }
    case 'unknown':
      return { ...common, verdict: 'unknown', headline: unknownHeadline(answer), evidence: [] }
  }
}

/** Nothing says no in particular, so the nearest that has something to say is shown: the layer's first policy, or whose it is. */
function missingEvidence({ decision, layers, caller, side }: AccessAnswer): readonly Evidence[] {
  const { missingLayer: layer } = decision
  if (layer === undefined || layer === 'grant') return []
  const given = layer === 'serviceControl' || layer === 'resourceControl' ? layers[layer]?.[decision.missingLevel ?? 0] : layers[layer]
  const first = given?.policies[0]
  if (first !== undefined)
    return [
      first.resource.at(
        first.path,
        `nothing here allows it${(given?.policies.length ?? 0) > 1 ? `, nor in ${(given?.policies.length ?? 1) - 1} more` : ''}`,
      ),
    ]
  const owner = layer === 'resource' ? side.resource : caller.resource
  return owner === undefined ? [] : [owner.at([], layer === 'resource' ? 'it has no policy' : 'it has no policies')]
}

function unknownHeadline({ decision, unread }: AccessAnswer): string {
  const keys = [...new Set(decision.conditional.map(residual => residual.key))]
  const worst = decision.worst === 'explicitDeny' ? 'it may be denied' : 'it may not be allowed'
  if (keys.length > 0 && unread.length === 0) return `it depends on ${keys.join(', ')}`
  if (keys.length > 0) return `it depends on ${keys.join(', ')}, and not everything was read`
  return unread.length > 0 ? `nothing that was read stands in the way; ${worst} by what was not read` : decision.reason
}

function residualReport({ layers }: AccessAnswer, residual: Residual): ResidualReport {
  const placed = placedPolicy(layers, residual)
  const { key, operator, values, effect } = residual
  const name = placed === undefined ? residual.layer : placed.name
  const verb = effect === 'Allow' ? 'allows it when' : 'denies it when'
  const text =
    operator === 'PolicyVariable'
      ? `${name} ${verb} \${${key}} makes the resource fit ${values.join(', ')}`
      : `${name} ${verb} ${key} ${operator} ${values.join(' or ')}`
  return { ...residual, text, ...(placed === undefined ? {} : { at: statementEvidence(placed, residual.statement, text) }) }
}

const permissions: Readonly<Partial<Record<Kind, string>>> = {
  'aws/ec2/VpcEndpoint': 'ec2:ModifyVpcEndpoint',
  'aws/eks/PodIdentityAssociation': 'eks:UpdatePodIdentityAssociation',
  'aws/iam/Group': 'iam:PutGroupPolicy',
  'aws/iam/Policy': 'iam:CreatePolicyVersion',
  'aws/iam/User': 'iam:PutUserPolicy',
  'aws/ecr/Repository': 'ecr:SetRepositoryPolicy',
  'aws/kms/Key': 'kms:PutKeyPolicy',
  'aws/lambda/Function': 'lambda:AddPermission',
  'aws/logs/ResourcePolicy': 'logs:PutResourcePolicy',
  'aws/s3/Bucket': 's3:PutBucketPolicy',
  'aws/secretsmanager/Secret': 'secretsmanager:PutResourcePolicy',
  'aws/sns/Topic': 'sns:SetTopicAttributes',
  'aws/sqs/Queue': 'sqs:SetQueueAttributes',
}

/** The edit as a fix, so that it is drawn as every other. */
function healFix({ policy, heal }: AccessHeal): Fix {
  const { resource, path } = policy
  const after = applyEdits(policy.policy.document, heal.edits)
  const needed =
    resource.kind === 'aws/iam/Role'
      ? path[0] === 'AssumeRolePolicyDocument'
        ? 'iam:UpdateAssumeRolePolicy'
        : 'iam:PutRolePolicy'
      : permissions[resource.kind]
  const risk = heal.widens.length === 0 ? '' : `Afterwards ${heal.widens.join(', and ')}.`
  const changes = policyChanges(resource, path, after, { permissions: needed === undefined ? [] : [needed], risk })
  return { title: `${heal.kind === 'addStatement' ? 'add a statement to' : 'edit'} ${policy.name}`, safe: false, changes }
}
