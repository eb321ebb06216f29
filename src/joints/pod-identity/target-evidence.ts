import { explainPolicy, type Difference } from '#iam/explain.ts'
import { compiledDocument } from '#joints/access-documents.ts'
import { trustPath } from '#joints/trust.ts'
import type { Evidence, Resource } from '#model/resource.ts'
import { decidedAt } from './decided.ts'
import type { TargetChain } from './target-chain.ts'

type Role = Resource<'aws/iam/Role'>

/** The Deny that decides, else the side that has no allow. */
export function brokenChainEvidence(chain: TargetChain, target: Role | undefined): Evidence {
  const { answer, first, lacks } = chain
  const { action } = answer.request
  const decided = decidedAt(answer, `this denies ${action}`)
  if (decided !== undefined) return decided
  if (answer.decision.missingLayer === 'boundary') return boundaryOf(first, action)
  const isTrust = answer.decision.missingLayer === 'resource' && lacks.trust && target !== undefined
  return isTrust ? trustEvidence(chain, target) : first.at(['RoleName'], `nothing that counts allows it ${action} on the target role`)
}

/** Where a role names the boundary that stops a call. */
export function boundaryOf(role: Role, action: string): Evidence {
  const isTold = role.body.PermissionsBoundary?.PermissionsBoundaryArn !== undefined
  return isTold
    ? role.at(['PermissionsBoundary', 'PermissionsBoundaryArn'], `this boundary does not allow ${action}`)
    : role.at(['RoleName'], `the boundary of the role does not allow ${action}`)
}

/** Of the statement that is for the first role and comes nearest what keeps it from matching, else the whole list. */
function trustEvidence({ answer: { request }, first }: TargetChain, target: Role): Evidence {
  const traces = explainPolicy(request, compiledDocument(target.body.AssumeRolePolicyDocument, 'trust'))
  const meant = traces.filter(
    ({ effect, differences }) => effect === 'Allow' && differences.every(({ element }) => !element.endsWith('Principal')),
  )
  const [nearest] = meant.toSorted((a, b) => a.differences.length - b.differences.length)
  const difference = nearest?.differences.find(({ unknown }) => !unknown)
  if (difference === undefined)
    return target.at([...trustPath, 'Statement'], `no statement here allows ${first.body.RoleName} ${request.action}`, 'key')
  const isAbsent = difference.element === 'Condition' && difference.actual === undefined && typeof difference.path.at(-1) === 'string'
  return target.at([...trustPath, ...difference.path], labelOf(difference, request.action), isAbsent ? 'key' : 'value')
}

function labelOf({ element, key, actual }: Difference, action: string): string {
  if (element !== 'Condition') return `this leaves ${action} out`
  if (key?.toLowerCase() === 'sts:externalid') return `the external id of the association is ${actual?.[0] ?? 'another'}`
  return actual === undefined ? 'the call carries no such key' : `the call says ${actual.join(', ')}`
}
