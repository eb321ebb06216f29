import fc from 'fast-check'
import type { Json, Resources, StandFacts } from './cases.ts'

type Arbitrary<Value> = fc.Arbitrary<Value>

const pick = <Value>(...values: readonly Value[]): Arbitrary<Value> => fc.constantFrom(...values)
const weighted = <Value>(...choices: readonly (readonly [number, Arbitrary<Value>])[]): Arbitrary<Value> =>
  fc.oneof(...choices.map(([weight, arbitrary]) => ({ weight, arbitrary })))
const oneOrList = (value: Arbitrary<unknown>): Arbitrary<unknown> =>
  weighted<unknown>([3, value], [2, fc.array(value, { minLength: 1, maxLength: 3 })])

interface Clause {
  readonly operator: string
  readonly key: string
  readonly values: unknown
}

/** Half of the statements have none. */
export function conditions(facts: StandFacts, on: keyof Resources): Arbitrary<Json> {
  const written = fc.array(clauses(facts, on), { minLength: 1, maxLength: 2 }).map(list => ({ Condition: block(list) }))
  return weighted<Json>([5, fc.constant({})], [4, written])
}

function block(list: readonly Clause[]): Json {
  const operators: Record<string, Record<string, unknown>> = {}
  for (const { operator, key, values } of list) operators[operator] = { ...operators[operator], [key]: values }
  return operators
}

const textBases = ['StringEquals', 'StringLike', 'StringNotEquals', 'StringNotLike', 'StringEqualsIgnoreCase', 'StringNotEqualsIgnoreCase']
const textOperators = fc
  .tuple(
    weighted([6, fc.constant('')], [1, pick('ForAnyValue:', 'ForAllValues:')]),
    pick(...textBases),
    weighted([4, fc.constant('')], [1, fc.constant('IfExists')]),
  )
  .map(parts => parts.join(''))

const clause = (operators: Arbitrary<string>, key: Arbitrary<string>, values: Arbitrary<unknown>): Arbitrary<Clause> =>
  fc.record({ operator: operators, key, values })

/** Comparisons of keys that the lab fills for every request, for some, or for none. */
function clauses(facts: StandFacts, on: keyof Resources): Arbitrary<Clause> {
  const { account, user, role, region } = facts
  const arns = [user.arn, role.arn, role.sessionArn, `arn:aws:iam::${account}:*`, `arn:aws:iam::*:role/team/*`, '*', 'arn:aws:*:pairs']
  const years = ['2015-01-01T00:00:00Z', '2999-01-01T00:00:00Z', '2015-01-01']
  return weighted<Clause>(
    [
      4,
      clause(
        textOperators,
        pick('aws:PrincipalTag/team', 'AWS:principaltag/TEAM'),
        oneOrList(pick('payments', 'Payments', 'pay*', 'web', 'p?yments')),
      ),
    ],
    [2, clause(textOperators, pick('aws:username', 'aws:UserName'), oneOrList(pick(user.name, 'pairs-*', user.name.toUpperCase(), 'x')))],
    [
      2,
      clause(
        textOperators,
        pick('aws:PrincipalAccount', 'aws:ResourceAccount'),
        oneOrList(pick(account, '444455556666', `${account.slice(0, 3)}*`)),
      ),
    ],
    [1, clause(textOperators, pick('aws:PrincipalType'), oneOrList(pick('User', 'AssumedRole', 'user', '*')))],
    [1, clause(textOperators, pick('aws:userid'), oneOrList(pick(user.id, `${role.id}:*`, `${role.id}:${role.sessionName}`, '*:*')))],
    [
      2,
      clause(
        pick('ArnLike', 'ArnEquals', 'ArnNotLike', 'ArnLikeIfExists', 'StringLike', 'StringNotEquals'),
        pick('aws:PrincipalArn'),
        oneOrList(pick(...arns)),
      ),
    ],
    [
      2,
      clause(
        pick('Bool', 'BoolIfExists', 'StringEquals'),
        pick('aws:SecureTransport', 'aws:MultiFactorAuthPresent', 'aws:ViaAWSService'),
        pick<unknown>('true', 'false', true, 'TRUE'),
      ),
    ],
    [
      2,
      clause(
        pick('IpAddress', 'NotIpAddress', 'IpAddressIfExists'),
        pick('aws:SourceIp'),
        oneOrList(pick('127.0.0.0/8', '127.0.0.1', '10.0.0.0/8', '::1/128', '0.0.0.0/0')),
      ),
    ],
    [
      2,
      clause(
        pick('DateGreaterThan', 'DateLessThan', 'DateGreaterThanEquals', 'DateLessThanIfExists'),
        pick('aws:CurrentTime'),
        oneOrList(pick(...years)),
      ),
    ],
    [1, clause(textOperators, pick('aws:RequestedRegion'), oneOrList(pick(region, 'us-east-1', `${region.slice(0, 3)}*`)))],
    [1, clause(textOperators, pick('aws:PrincipalOrgID', 'aws:SourceVpce', 'aws:RequestTag/team'), oneOrList(pick('o-example', '*')))],
    [
      2,
      clause(
        pick('Null'),
        pick('aws:username', 'aws:PrincipalTag/team', 'aws:SourceVpce', 'aws:MultiFactorAuthPresent', 'aws:TagKeys'),
        pick<unknown>('true', 'false', true),
      ),
    ],
    [
      1,
      clause(
        textOperators,
        pick('aws:PrincipalTag/team'),
        pick('${aws:PrincipalTag/team}', '${aws:username}', "${aws:PrincipalTag/none, 'payments'}", '${*}'),
      ),
    ],
    [5, ofService(facts, on)],
  )
}

function ofService({ account, resources }: StandFacts, on: keyof Resources): Arbitrary<Clause> {
  const tag = (prefix: string, tags: readonly string[] = ['team', 'TIER', 'none']) =>
    clause(textOperators, pick(...tags.map(name => `${prefix}/${name}`)), oneOrList(pick('payments', 'gold', 'go*', 'web')))
  switch (on) {
    case 'key':
      return weighted(
        [3, tag('aws:ResourceTag')],
        [1, clause(textOperators, pick('kms:CallerAccount'), oneOrList(pick(account, '444455556666')))],
      )
    case 'secret':
      return weighted(
        [4, tag('aws:ResourceTag')],
        [1, tag('secretsmanager:ResourceTag')],
        [
          1,
          clause(
            pick('ArnEquals', 'StringLike'),
            pick('secretsmanager:SecretId'),
            oneOrList(pick(resources.secret, 'arn:aws:secretsmanager:*')),
          ),
        ],
      )
    case 'object':
      return tag('s3:ExistingObjectTag', ['team', 'tier', 'none'])
    case 'bucket':
      return weighted(
        [3, clause(textOperators, pick('s3:prefix', 'S3:Prefix'), oneOrList(pick('reports/', 'reports/*', 'Reports/', '', '*')))],
        [
          2,
          clause(
            pick('NumericEquals', 'NumericLessThan', 'NumericGreaterThanEquals', 'NumericNotEquals', 'NumericLessThanEqualsIfExists'),
            pick('s3:max-keys'),
            oneOrList(pick<unknown>('10', 10, '9', '100', '10.0')),
          ),
        ],
        [1, clause(textOperators, pick('s3:delimiter'), oneOrList(pick('/', '*')))],
      )
    case 'bystander':
      return tag('aws:ResourceTag', ['team'])
  }
}
