import fc from 'fast-check'

/** What generated trust policies speak of. */
export interface PairFacts {
  readonly accountId: string
  readonly providerArn: string
  /** The issuer without its scheme: the prefix of condition keys. */
  readonly issuerKey: string
  readonly namespaces: readonly [string, string]
  /** Names of service accounts; every one exists in both namespaces. */
  readonly serviceAccounts: readonly [string, string]
  /** The provider's client ids: what tokens may be for. */
  readonly audiences: readonly [string, string]
}

export type Json = Readonly<Record<string, unknown>>

/** A token that the API server can mint, and a trust policy that it is presented to. */
export interface Pair {
  readonly namespace: string
  readonly serviceAccount: string
  readonly audience: string
  readonly document: Json & { readonly Statement: Json | readonly Json[] }
}

type Arbitrary<Value> = fc.Arbitrary<Value>

const pick = <Value>(...values: readonly Value[]): Arbitrary<Value> => fc.constantFrom(...values)
const weighted = <Value>(...choices: readonly (readonly [number, Arbitrary<Value>])[]): Arbitrary<Value> =>
  fc.oneof(...choices.map(([weight, arbitrary]) => ({ weight, arbitrary })))
/** One value, or a list: IAM reads both alike. Never an empty list, of which AWS does not say what it means. */
const oneOrList = (value: Arbitrary<unknown>): Arbitrary<unknown> =>
  weighted<unknown>([3, value], [2, fc.array(value, { minLength: 1, maxLength: 3 })])

/** Policies over few names, so that about half of them let the token in; now and then one that shows a deviation. */
export function trustPairs(facts: PairFacts): Arbitrary<Pair> {
  const statement = statements(facts)
  return fc.record({
    namespace: pick(...facts.namespaces),
    serviceAccount: pick(...facts.serviceAccounts),
    audience: weighted([3, fc.constant(facts.audiences[0])], [1, fc.constant(facts.audiences[1])]),
    document: fc
      .record({
        Version: weighted<string | undefined>([8, fc.constant('2012-10-17')], [1, pick('2008-10-17', undefined)]),
        Statement: weighted<Json | readonly Json[]>([2, statement], [5, fc.array(statement, { minLength: 1, maxLength: 3 })]),
      })
      .map(({ Version, Statement }) => ({ ...(Version === undefined ? {} : { Version }), Statement })),
  })
}

function statements(facts: PairFacts): Arbitrary<Json> {
  return fc.tuple(effects, principals(facts), actions, conditions(facts), oddities).map(elements => Object.assign({}, ...elements) as Json)
}

const effects = weighted<Json>([5, fc.constant({ Effect: 'Allow' })], [1, fc.constant({ Effect: 'Deny' })])

const actions: Arbitrary<Json> = weighted<Json>(
  [9, fc.constant({ Action: 'sts:AssumeRoleWithWebIdentity' })],
  [
    4,
    oneOrList(
      pick(
        'sts:*',
        '*',
        'STS:assumerolewithwebidentity',
        'sts:AssumeRoleWith*',
        'sts:AssumeRoleWith?ebIdentity',
        'sts:AssumeRole',
        'sts:TagSession',
        'sts:AssumeRoleWithSAML',
      ),
    ).map(Action => ({ Action })),
  ],
  [
    2,
    oneOrList(pick('sts:AssumeRole', 'sts:TagSession', 'iam:*', 'sts:AssumeRole*', 'STS:ASSUMEROLEWITHWEBIDENTITY')).map(NotAction => ({
      NotAction,
    })),
  ],
)

function principals({ providerArn, accountId, issuerKey }: PairFacts): Arbitrary<Json> {
  const named = (Principal: unknown): Json => ({ Principal })
  const strangers = [
    providerArn.replace(accountId, '444455556666'),
    providerArn.replace(/[0-9A-F]{32}$/, '0'.repeat(32)),
    providerArn.replace(issuerKey, `https://${issuerKey}`),
    providerArn.toLowerCase(),
    'arn:aws:iam::444455556666:oidc-provider/token.actions.githubusercontent.com',
  ]
  return weighted<Json>(
    [14, fc.constant(named({ Federated: providerArn }))],
    [2, fc.shuffledSubarray([providerArn, ...strangers], { minLength: 1 }).map(Federated => named({ Federated }))],
    [2, pick(...strangers).map(Federated => named({ Federated }))],
    [1, fc.constant(named('*'))],
    [1, fc.constant(named({ Federated: providerArn, AWS: `arn:aws:iam::${accountId}:root` }))],
    [1, pick(named({ AWS: accountId }), named({ Service: 'pods.eks.amazonaws.com' }))],
    [1, pick(named({ AWS: '*' }), named({ AWS: ['*'], Federated: strangers[1] }))],
  )
}

/** Elements that IAM refuses in a trust policy and the lab's STS takes. */
const oddities: Arbitrary<Json> = weighted<Json>(
  [40, fc.constant({})],
  [1, fc.constant({ Resource: '*' })],
  [1, fc.constant({ Resource: 'arn:aws:iam::111122223333:role/another' })],
  [1, pick('a', 'b').map(Sid => ({ Sid }))],
)

interface Clause {
  readonly operator: string
  readonly key: string
  readonly values: unknown
}

function conditions(facts: PairFacts): Arbitrary<Json> {
  const clause = clauses(facts)
  const written = fc.array(clause, { minLength: 1, maxLength: 2 }).map(list => ({ Condition: block(list) }))
  const broken = pick('StringEquals', 'StringLike').map(operator => ({ Condition: { [operator]: ['nothing'] } }))
  return weighted<Json>([3, fc.constant({})], [40, written], [1, broken])
}

function block(list: readonly Clause[]): Json {
  const operators: Record<string, Record<string, unknown>> = {}
  for (const { operator, key, values } of list) operators[operator] = { ...operators[operator], [key]: values }
  return operators
}

/** Comparisons of the subject, of the audience, and of keys that any request may carry. */
function clauses(facts: PairFacts): Arbitrary<Clause> {
  const subject = fc.record({ operator: textOperators, key: claimKeys(facts, 'sub'), values: oneOrList(subjects(facts)) })
  const audience = fc.record({ operator: textOperators, key: claimKeys(facts, 'aud'), values: oneOrList(audiences(facts)) })
  // What people write: the whole subject or a namespace, the audience, nothing else.
  const plain = fc.record({
    operator: pick('StringEquals', 'StringLike'),
    key: fc.constant(`${facts.issuerKey}:sub`),
    values: fc.shuffledSubarray([...allSubjects(facts), `system:serviceaccount:${facts.namespaces[0]}:*`], { minLength: 1 }),
  })
  return weighted<Clause>([8, plain], [6, subject], [4, audience], [3, presence(facts)], [3, requestKeys(facts)], [1, misfits(facts)])
}

const bases = ['StringEquals', 'StringLike', 'StringNotEquals', 'StringNotLike', 'StringEqualsIgnoreCase', 'StringNotEqualsIgnoreCase']
const textOperators = fc
  .tuple(
    weighted([5, fc.constant('')], [1, pick('ForAnyValue:', 'ForAllValues:')]),
    pick(...bases),
    weighted([4, fc.constant('')], [1, fc.constant('IfExists')]),
  )
  .map(parts => parts.join(''))

function claimKeys({ issuerKey }: PairFacts, claim: string): Arbitrary<string> {
  const other = issuerKey.replace(/[0-9A-F]{32}$/, '0'.repeat(32))
  return weighted(
    [8, fc.constant(`${issuerKey}:${claim}`)],
    [1, pick(`${issuerKey}:${claim.toUpperCase()}`, `${issuerKey}:${claim}`.toUpperCase())],
    [1, pick(`${other}:${claim}`, `https://${issuerKey}:${claim}`, `${issuerKey}/:${claim}`)],
    [1, fc.constant(`${issuerKey}:${claim === 'sub' ? 'aud' : 'sub'}`)],
  )
}

const allSubjects = ({ namespaces, serviceAccounts }: PairFacts): readonly string[] =>
  namespaces.flatMap(namespace => serviceAccounts.map(name => `system:serviceaccount:${namespace}:${name}`))

function subjects(facts: PairFacts): Arbitrary<string> {
  const [namespace] = facts.namespaces
  const [name] = facts.serviceAccounts
  return weighted(
    [8, pick(...allSubjects(facts))],
    [
      8,
      pick(
        `system:serviceaccount:${namespace}:*`,
        `system:serviceaccount:*:${name}`,
        `system:serviceaccount:${namespace.slice(0, -1)}?:${name}`,
        'system:*',
        '*',
        `*:${name}`,
        `system:serviceaccount:${namespace}:${name}*`,
        `system:serviceaccount:${namespace}:${name}?`,
      ),
    ],
    [2, pick(`SYSTEM:serviceaccount:${namespace}:${name}`, `system:serviceaccount:${namespace}:${name} `, name, '')],
    // A variable that AWS replaces by the subject itself, and escapes that stand for literal characters.
    [1, pick(`\${${facts.issuerKey}:sub}`, 'system:serviceaccount:${*}', '${aws:username}')],
  )
}

const audiences = ({ audiences: [first, second], issuerKey }: PairFacts): Arbitrary<string> =>
  weighted(
    [6, pick(first, first, second)],
    [2, pick('sts.*', '*', 'STS.amazonaws.com', 'sts.amazonaws.com.cn', 'system:*', '')],
    [1, fc.constant(`\${${issuerKey}:aud}`)],
  )

/** `Null` takes one value: with two the lab counts the first, and AWS does not say. */
const presence = ({ issuerKey }: PairFacts): Arbitrary<Clause> =>
  fc.record({
    operator: weighted([8, fc.constant('Null')], [1, fc.constant('NullIfExists')]),
    key: pick(
      `${issuerKey}:sub`,
      `${issuerKey}:aud`,
      `${issuerKey}:absent`,
      'aws:PrincipalOrgID',
      'aws:PrincipalArn',
      'aws:SourceIp',
      'sts:ExternalId',
    ),
    values: pick<unknown>('true', 'false', true, false, 'TRUE', ['false']),
  })

function requestKeys({ accountId }: PairFacts): Arbitrary<Clause> {
  const clause = (operators: readonly string[], keys: readonly string[], values: Arbitrary<unknown>) =>
    fc.record({ operator: pick(...operators), key: pick(...keys), values })
  return weighted(
    [
      3,
      clause(
        ['Bool', 'BoolIfExists', 'StringEquals'],
        ['aws:SecureTransport', 'AWS:securetransport'],
        pick<unknown>('true', true, 'false', 'TRUE'),
      ),
    ],
    [
      2,
      clause(
        ['IpAddress', 'NotIpAddress', 'IpAddressIfExists'],
        ['aws:SourceIp'],
        oneOrList(pick('127.0.0.0/8', '127.0.0.1', '10.0.0.0/8', '::1/128', '0.0.0.0/0')),
      ),
    ],
    [
      2,
      clause(
        ['StringEquals', 'StringNotEquals', 'StringEqualsIfExists'],
        ['aws:PrincipalOrgID', 'aws:PrincipalTag/team', 'sts:ExternalId'],
        pick('o-example', 'x'),
      ),
    ],
    [2, clause(['StringEquals', 'StringNotEquals'], ['aws:ResourceAccount'], oneOrList(pick(accountId, '444455556666')))],
    [1, clause(['StringLike', 'StringNotLike', 'StringEquals'], ['sts:RoleSessionName'], pick('*', 'pairs', 'p?irs', 'other'))],
    [1, clause(['StringEquals', 'StringNotEqualsIfExists'], ['aws:PrincipalAccount'], pick(accountId, '444455556666'))],
  )
}

/** Operators that do not fit a subject, or do not exist. */
const misfits = (facts: PairFacts): Arbitrary<Clause> =>
  fc.record({
    operator: pick(
      'ArnLike',
      'ArnEquals',
      'ArnNotLike',
      'ArnLikeIfExists',
      'StringMatches',
      'NumericEquals',
      'DateLessThan',
      'BinaryEquals',
    ),
    key: claimKeys(facts, 'sub'),
    values: oneOrList(pick(...allSubjects(facts), 'system:*', 'arn:aws:iam::*:role/x')),
  })
