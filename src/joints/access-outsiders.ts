import { actionMatches } from '#iam/match.ts'
import { Question } from '#iam/question.ts'
import { NO, YES } from '#iam/truth.ts'
import { parseArn } from '#iam/arn.ts'
import type { Evidence } from '#model/resource.ts'
import type { AccessQuestion, AccessReader } from './access.ts'
import { isPublicPolicy, restrictsPublic, type Bucket } from './access-bucket.ts'
import { wholeLayer } from './access-documents.ts'
import { statementEvidence } from './access-layers.ts'
import { resourceSide, type ResourceSide } from './access-resource.ts'

/** Somebody whom the resource's own policy lets in and whose own policies were not read: another account, a service, everyone. */
export interface Outsider {
  readonly text: string
  /** The statement has conditions. */
  readonly limited: boolean
  readonly at: Evidence
}

/** Principals of the resource policy's Allow statements that are no role or user that was read. */
export function outsidersOf(world: AccessReader, question: AccessQuestion): readonly Outsider[] {
  const side = resourceSide(world, question.action, question.resource, undefined)
  const asked = new Question({ principal: { kind: 'anonymous' }, action: question.action, resource: question.resource, context: {} })
  const known = new Set([...world.seen('aws/iam/Role'), ...world.seen('aws/iam/User')].map(({ id }) => id))
  const isShut = isShutToOthers(side)
  const found = (side.policy?.policies ?? []).flatMap(placed =>
    placed.policy.statements.flatMap(statement => {
      const { principal } = statement
      if (statement.effect !== 'Allow' || principal === undefined || principal === 'invalid' || actionMatches(statement, asked) === NO)
        return []
      const at = statementEvidence(placed, statement.index, 'this statement lets it in')
      const limited = statement.conditions.length > 0
      if (isShut) {
        return [...principal.named.Service].map(name => ({ text: `service ${name}`, limited, at }))
      }
      if (principal.negated || principal.everyone)
        return [{ text: principal.negated ? 'everyone whom NotPrincipal does not name' : 'everyone', limited, at }]
      const names = Object.entries(principal.named).flatMap(([type, set]) =>
        [...set]
          .filter(name => !known.has(name) && !isOwnAccount(name, side.account))
          .map(name => (type === 'AWS' ? name : `${type.toLowerCase()} ${name}`)),
      )
      return names.map(text => ({ text, limited, at }))
    }),
  )
  return [...new Map(found.map(outsider => [`${outsider.text}\n${outsider.limited}`, outsider])).values()]
}

/** A public bucket that its public access block shuts lets in AWS services alone. */
function isShutToOthers({ resource, policy }: ResourceSide): boolean {
  if (resource?.kind !== 'aws/s3/Bucket' || policy === undefined) return false
  return restrictsPublic(resource as Bucket) === true && isPublicPolicy(wholeLayer(policy)) === YES
}

/** Naming its own account only lets the account's own policies count. */
function isOwnAccount(name: string, account: string | undefined): boolean {
  return account !== undefined && (name === account || (parseArn(name)?.account === account && name.endsWith(':root')))
}
