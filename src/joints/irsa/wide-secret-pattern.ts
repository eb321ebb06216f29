import { compileGlob, globMatches } from '#iam/glob.ts'
import { actionMatches, statementMatches } from '#iam/match.ts'
import { Question } from '#iam/question.ts'
import { NO } from '#iam/truth.ts'
import type { AccessReader } from '#joints/access.ts'
import type { PlacedPolicy } from '#joints/access-documents.ts'
import { perWorld } from '#joints/per-world.ts'
import type { Path } from '#model/place.ts'
import { valueAt } from '#model/place.ts'
import type { Evidence, Resource } from '#model/resource.ts'
import { anySession } from './pod-role.ts'

type Role = Resource<'aws/iam/Role'>
type Secret = Resource<'aws/secretsmanager/Secret'>

/** A pattern that was meant for one secret. */
export interface SecretPattern {
  readonly placed: PlacedPolicy
  /** Of the pattern inside the resource's body. */
  readonly path: Path
  readonly pattern: string
  /** The name of the secret that it was meant for. */
  readonly meant: string
  /** What matches that secret alone. */
  readonly exact: string
}

const action = 'secretsmanager:GetSecretValue'
/** Six characters follow a hyphen after the name. https://docs.aws.amazon.com/secretsmanager/latest/userguide/whats-in-a-secret.html#secret_ARN */
const suffix = '-??????'
const trailingStar = /^(arn:[^:]*:secretsmanager:[^:]*:[^:]*:secret:)([^*?$]*[^*?$/])(-?)\*$/

/** Patterns of the role that end in a star right after a name. One that ends in a slash and a star means a folder. */
export const starredNames = (world: AccessReader, role: Role): readonly SecretPattern[] =>
  anySession(world, role).identity.policies.flatMap(placed =>
    placed.policy.statements.flatMap(({ effect, invalid, action: actions, resource }) => {
      if (effect !== 'Allow' || invalid || actions === 'invalid' || resource === undefined || resource === 'invalid' || resource.negated)
        return []
      const list = Array.isArray(valueAt(placed.policy.document, resource.path))
      return resource.values.flatMap((pattern, index) => {
        const [, prefix = '', name = '', hyphen = ''] = trailingStar.exec(pattern) ?? []
        if (name === '' || !isAbout(placed, pattern)) return []
        const path = [...placed.path, ...resource.path, ...(list ? [index] : [])]
        const meant = hyphen === '' && name.endsWith('-') ? name.slice(0, -1) : name
        return [{ placed, path, pattern, meant, exact: `${prefix}${meant}${suffix}` }]
      })
    }),
  )

/** Whether some statement of the policy with this pattern is about reading secrets. */
const isAbout = ({ policy }: PlacedPolicy, pattern: string): boolean =>
  policy.statements.some(
    statement =>
      statement.resource !== undefined &&
      statement.resource !== 'invalid' &&
      statement.resource.values.includes(pattern) &&
      actionMatches(statement, reading(pattern)) !== NO,
  )

const reading = (resource: string) =>
  new Question({ principal: { kind: 'anonymous' }, action, resource, context: {}, unlistedKeys: 'unknown' })

/** Other secrets that were read and that the pattern also matches; none when there is no secret of the name that was meant. */
export function othersMatched(world: AccessReader, role: Role, found: SecretPattern): readonly Secret[] {
  const matched = secretsUnder(world, found.meant).filter(({ id }) => globMatches(compileGlob(found.pattern), id))
  if (!matched.some(({ body }) => body.Name === found.meant)) return []
  return matched.filter(secret => secret.body.Name !== found.meant && !isMeantElsewhere(world, role, found, secret))
}

/** Secrets by the first letters of their names, so that a role's patterns are not held against every secret there is. */
const secretsByStart = perWorld((world: AccessReader) =>
  Map.groupBy(world.seen('aws/secretsmanager/Secret'), ({ body }) => body.Name.slice(0, startLength)),
)
const startLength = 3

const secretsUnder = (world: AccessReader, name: string): readonly Secret[] =>
  name.length < startLength
    ? world.seen('aws/secretsmanager/Secret').filter(({ body }) => body.Name.startsWith(name))
    : (secretsByStart(world).get(name.slice(0, startLength)) ?? []).filter(({ body }) => body.Name.startsWith(name))

/** Another pattern of the role allows the secret too, or one of its policies denies it: then it is not this pattern that gives it away. */
function isMeantElsewhere(world: AccessReader, role: Role, found: SecretPattern, secret: Secret): boolean {
  const { identity } = anySession(world, role)
  const question = reading(secret.id)
  return identity.policies.some(({ policy, resource, path }) =>
    policy.statements.some(statement => {
      if (statement.invalid || statement.resource === undefined || statement.resource === 'invalid') return false
      if (statementMatches(statement, question) === NO) return false
      if (statement.effect === 'Deny') return statement.conditions.length === 0
      const isOwn = resource === found.placed.resource && path === found.placed.path
      const others = statement.resource.values.filter(value => !(isOwn && value === found.pattern))
      return statement.resource.negated || others.some(value => globMatches(compileGlob(value), secret.id))
    }),
  )
}

export const patternEvidence = ({ placed, path, meant }: SecretPattern): Evidence =>
  placed.resource.at(path, `meant for ${meant}, and matches longer names too`)
