import fc from 'fast-check'
import { accountDecides, calls, resourceOf, type Call, type Case, type Json, type StandFacts } from './cases.ts'
import { conditions } from './generate-conditions.ts'

type Arbitrary<Value> = fc.Arbitrary<Value>

const pick = <Value>(...values: readonly Value[]): Arbitrary<Value> => fc.constantFrom(...values)
const weighted = <Value>(...choices: readonly (readonly [number, Arbitrary<Value>])[]): Arbitrary<Value> =>
  fc.oneof(...choices.map(([weight, arbitrary]) => ({ weight, arbitrary })))
/** One value, or a list: IAM reads both alike. */
const oneOrList = (value: Arbitrary<string>): Arbitrary<string | readonly string[]> =>
  weighted<string | readonly string[]>([3, value], [2, fc.array(value, { minLength: 1, maxLength: 3 })])

const stranger = '444455556666'

/** Questions of which about half are allowed; now and then one that shows a deviation. */
export function iamCases(facts: StandFacts): Arbitrary<Case> {
  return fc.tuple(pick<Case['caller']>('user', 'role'), pick(...(Object.keys(calls) as Call[]))).chain(([caller, call]) => {
    const plain = { caller, call, facts }
    const document = documents({ ...plain, kind: 'identity' })
    const limit = weighted<Json | undefined>([2, fc.constant(undefined)], [1, documents({ ...plain, kind: 'limit' })])
    return fc.record({
      caller: fc.constant(caller),
      call: fc.constant(call),
      identity: weighted<readonly Json[]>([1, fc.constant([])], [4, fc.array(document, { minLength: 1, maxLength: 2 })]),
      boundary: limit,
      session: caller === 'role' ? limit : fc.constant(undefined),
      resource: calls[call].on === 'bystander' ? fc.constant(undefined) : resourcePolicies(plain),
    })
  })
}

interface About {
  readonly caller: Case['caller']
  readonly call: Call
  readonly facts: StandFacts
}

/** A `limit` is a boundary or session policy: wider, or it would leave nothing to decide. */
interface Place extends About {
  readonly kind: 'identity' | 'limit' | 'resource'
}

function resourcePolicies(about: About): Arbitrary<Json | undefined> {
  const written = documents({ ...about, kind: 'resource' })
  if (calls[about.call].on !== 'key') return weighted<Json | undefined>([1, fc.constant(undefined)], [1, written])
  const { Statement } = accountDecides(about.facts.account) as { Statement: readonly Json[] }
  const added = written.map(document => ({ ...document, Statement: [...Statement, ...[document['Statement']].flat()] }))
  return weighted<Json | undefined>([3, fc.constant(undefined)], [3, written], [2, added])
}

const versions = weighted<string | undefined>([8, fc.constant('2012-10-17')], [1, pick('2008-10-17', undefined)])

function documents(place: Place): Arbitrary<Json> {
  const statement = statements(place)
  const list = weighted<Json | readonly Json[]>([2, statement], [5, fc.array(statement, { minLength: 1, maxLength: 3 })])
  return fc
    .record({ Version: versions, Statement: list })
    .map(({ Version, Statement }) => ({ ...(Version === undefined ? {} : { Version }), Statement }))
}

function statements(place: Place): Arbitrary<Json> {
  return effects.chain(Effect => {
    const principal = place.kind === 'resource' ? principals(place, Effect) : fc.constant({})
    return fc
      .tuple(principal, actions(place), resources(place), conditions(place.facts, calls[place.call].on))
      .map(elements => Object.assign({ Effect }, ...elements) as Json)
  })
}

const effects = weighted<'Allow' | 'Deny'>([6, fc.constant('Allow')], [1, fc.constant('Deny')])

function actions({ call, kind }: Place): Arbitrary<Json> {
  const { action } = calls[call]
  const [service = '', operation = ''] = action.split(':')
  const close = pick(
    action.toLowerCase(),
    action.toUpperCase(),
    `${service.toUpperCase()}:${operation}`,
    `${service}:*`,
    `${service}:${operation.slice(0, 4)}*`,
    `${service}:${operation.slice(0, 1)}?${operation.slice(2)}`,
    `${service}:*${operation.slice(-4)}`,
  )
  const other = pick(`${service}:${operation}s`, `${service}:Put*`, `${service}:${operation.slice(0, 4)}?`, 'sts:*', `${service}:?`)
  const wide: readonly (readonly [number, Arbitrary<Json>])[] = kind === 'limit' ? [[8, fc.constant({ Action: '*' })]] : []
  return weighted<Json>(
    ...wide,
    [8, fc.constant({ Action: action })],
    [8, oneOrList(weighted([4, close], [2, other], [1, fc.constant('*')])).map(Action => ({ Action }))],
    [2, oneOrList(weighted([1, close], [4, other])).map(NotAction => ({ NotAction }))],
  )
}

function resources({ call, kind, facts }: Place): Arbitrary<Json> {
  const arn = resourceOf(facts, { call })
  const parts = arn.split(':')
  const last = parts.slice(5).join(':')
  const withParts = (edit: (text: string, index: number) => string) => [...parts.slice(0, 5), last].map(edit).join(':')
  const close = pick(
    `${arn.slice(0, -3)}*`,
    `${arn.slice(0, -1)}?`,
    withParts((text, index) => (index === 3 || index === 4 ? '*' : text)),
    withParts((text, index) => (index === 5 ? `${text.slice(0, 5)}*` : text)),
    withParts((text, index) => (index === 5 ? `*${text.slice(-6)}` : text)),
    `arn:aws:${parts[2]}:*`,
    'arn:aws:*',
  )
  const other = pick(
    withParts((text, index) => (index === 5 ? text.toUpperCase() : text)),
    `${arn}?`,
    arn.slice(0, -1),
    arn.replace(facts.account, stranger),
    'arn:aws:dynamodb:*:*:table/*',
  )
  // What AWS reads differently: variables, what is no ARN, and a star in the middle of one part that would have to cross into another.
  const odd = pick(
    arn.toUpperCase(),
    arn.replace(facts.user.name, '${aws:username}'),
    arn.replace('pairs-', '${aws:PrincipalTag/team}-'),
    `arn:aws:${parts[2]}:*${last.slice(-8)}`,
  )
  const wide: readonly (readonly [number, Arbitrary<Json>])[] = kind === 'identity' ? [] : [[10, fc.constant({ Resource: '*' })]]
  return weighted<Json>(
    ...wide,
    [6, pick('*', arn).map(Resource => ({ Resource }))],
    [8, oneOrList(weighted([5, close], [2, other], [1, odd])).map(Resource => ({ Resource }))],
    [2, oneOrList(weighted([1, close], [5, other])).map(NotResource => ({ NotResource }))],
  )
}

function principals({ caller, facts }: Place, effect: 'Allow' | 'Deny'): Arbitrary<Json> {
  const { account, user, role } = facts
  const named = (AWS: unknown): Json => ({ Principal: { AWS } })
  const self = caller === 'user' ? [user.arn] : [role.arn, role.sessionArn]
  const others = [caller === 'user' ? role.arn : user.arn, facts.resources.bystander, `arn:aws:iam::${stranger}:root`, stranger]
  const whole = [account, `arn:aws:iam::${account}:root`]
  const odd = pick<Json>(
    named(role.arn.replace('/team/', '/')),
    named(`${role.sessionArn.slice(0, -3)}*`),
    named(self[0]?.toUpperCase()),
    { Principal: { Service: 'ec2.amazonaws.com' } },
    ...(effect === 'Deny' ? [{ NotPrincipal: { AWS: facts.resources.bystander } }, { NotPrincipal: { AWS: [...self, ...whole] } }] : []),
  )
  return weighted<Json>(
    [6, pick(...self).map(named)],
    [4, pick(...whole).map(named)],
    [3, fc.shuffledSubarray([...others, ...self], { minLength: 1, maxLength: 3 }).map(named)],
    [2, pick(...others).map(named)],
    [2, pick<Json>({ Principal: '*' }, named('*'))],
    [1, odd],
  )
}
