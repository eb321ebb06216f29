import { parseArn } from '#iam/arn.ts'
import type { CompiledStatement } from '#iam/compile-statement.ts'
import { compileGlob, globMatches } from '#iam/glob.ts'
import type { AccessReader } from '#joints/access.ts'
import type { Caller } from '#joints/access-caller.ts'
import { tried, type PlacedPolicy } from '#joints/access-documents.ts'
import { statementEvidence } from '#joints/access-layers.ts'
import { perWorld } from '#joints/per-world.ts'
import type { Need } from './need.ts'

/**
 * What the role's own policies name one by one: an action written out, on a resource written out. Whoever writes that down means it to work. Policies of AWS's own,
 * and everything with a star, say nothing about this workload.
 */
export function policyNeeds(world: AccessReader, { identity }: Caller): readonly Need[] {
  const needs = identity.policies
    .filter(({ resource }) => !/^arn:[^:]*:iam::aws:policy\//.test(resource.id))
    .flatMap(placed => placed.policy.statements.flatMap(statement => statementNeeds(world, placed, statement)))
  return [...new Map(needs.map(need => [`${need.action.toLowerCase()}\n${need.resource}`, need])).values()]
}

function statementNeeds(
  world: AccessReader,
  placed: PlacedPolicy,
  { effect, invalid, action, resource, index }: CompiledStatement,
): readonly Need[] {
  if (effect !== 'Allow' || invalid || action === 'invalid' || action.negated) return []
  if (resource === undefined || resource === 'invalid' || resource.negated) return []
  const actions = action.values.filter(value => !/[*?]/.test(value))
  if (actions.length === 0) return []
  const at = statementEvidence(placed, index, 'this policy says that pods may do it')
  return resource.values.flatMap(value =>
    actions.flatMap(name => {
      const service = name.slice(0, name.indexOf(':')).toLowerCase()
      return (named[service]?.(world, value, name) ?? []).map(arn => ({ action: name, resource: arn, by: 'policy' as const, at }))
    }),
  )
}

/** The resources that a value of a policy names, where that can be told; by service. */
type Named = (world: AccessReader, value: string, action: string) => readonly string[]

const isWhole = (value: string): boolean => !/[*?$]/.test(value) && parseArn(value) !== undefined

/** What surely does not exist is no need; what nobody looked for is one, whose answer is then not known. */
function mayExist(
  world: AccessReader,
  kind: 'aws/iam/Role' | 'aws/kms/Key' | 'aws/s3/Bucket' | 'aws/secretsmanager/Secret',
  arn: string,
): boolean {
  const found = tried(() => world.find(kind, arn))
  return found.is === 'unread' || found.value !== undefined
}

const whole =
  (kind: 'aws/iam/Role' | 'aws/kms/Key', form: string): Named =>
  (world, value) =>
    isWhole(value) && value.includes(form) && mayExist(world, kind, value) ? [value] : []

const secrets = perWorld(
  (world: AccessReader) => new Map(world.seen('aws/secretsmanager/Secret').map(({ id }) => [id.replace(/-\w{6}$/, ''), id])),
)

/** A name and the wildcards for the characters that Secrets Manager adds to it. */
const secretPattern = /^(arn:[^*?$]+:secret:[^*?$]+?)-?(?:\?{6}|\*)$/

const secretNamed: Named = (world, value) => {
  const name = secretPattern.exec(value)?.[1]
  if (name === undefined || name.endsWith('/')) return isWhole(value) && mayExist(world, 'aws/secretsmanager/Secret', value) ? [value] : []
  const found = secrets(world).get(name)
  if (found !== undefined) return globMatches(compileGlob(value), found) ? [found] : []
  const stranger = `${name}-5b1f0c`
  return mayExist(world, 'aws/secretsmanager/Secret', stranger) ? [stranger] : []
}

/** An object that nobody has stands for what is in a bucket. */
const inBucket: Named = (world, value, action) => {
  const [bucket = '', ...rest] = value.split('/')
  if (!isWhole(bucket) || !mayExist(world, 'aws/s3/Bucket', bucket)) return []
  const isObject = /object/i.test(action)
  if (isObject && rest.length > 0) return [`${bucket}/${rest.join('/').replaceAll(/[*?]/g, '0')}`]
  return !isObject && rest.length === 0 ? [bucket] : []
}

const named: Readonly<Record<string, Named>> = {
  kms: whole('aws/kms/Key', ':key/'),
  s3: inBucket,
  secretsmanager: secretNamed,
  sts: whole('aws/iam/Role', ':role/'),
}
