import fc from 'fast-check'
import type { MatchCase } from './match.ts'

const namespace = 'shop'

// Few words, so that selectors meet labels; and keys that objects of JavaScript have already.
const keys = ['app', 'role', 'example.com/tier', 'constructor', '__proto__'] as const
const values = ['web', 'api', ''] as const
const wrongKeys = ['', '-app', 'app role', 'Example.com/tier', 'a/b/c', '/app', 'example.com/', 'k'.repeat(64), `${'d'.repeat(254)}/k`]
const edgeKeys = ['k'.repeat(63), `${'d'.repeat(253)}/k`, 'A_b.c-D', '1', 'xn--a.b/c']
const wrongValues = ['-web', 'web-', 'we b', 'wéb', 'v'.repeat(64)]
const edgeValues = ['v'.repeat(63), 'V_1.x-Y', '0']

const rarely = <Usual, Rare>(usual: fc.Arbitrary<Usual>, rare: fc.Arbitrary<Rare>, weight = 8) =>
  fc.oneof({ arbitrary: usual, weight }, { arbitrary: rare, weight: 1 })
const of = <Value>(list: readonly Value[]) => fc.constantFrom(...list)

const key = rarely(rarely(of(keys), of(edgeKeys)), of(wrongKeys), 20)
const value = rarely(rarely(of(values), of(edgeValues)), of(wrongValues), 20)

/** A record also of the key `__proto__`, which assignment would swallow. */
const record = (pairs: readonly (readonly [string, string])[]) =>
  JSON.parse(`{${pairs.map(pair => pair.map(text => JSON.stringify(text)).join(':')).join(',')}}`) as object

/** Labels of an object, which the API server has checked. */
const labels = fc
  .uniqueArray(fc.tuple(rarely(of(keys), of(edgeKeys)), rarely(of(values), of(edgeValues))), { selector: ([name]) => name, maxLength: 4 })
  .map(record)

const expression = fc.record(
  {
    key,
    operator: rarely(of(['In', 'NotIn', 'Exists', 'DoesNotExist']), of(['in', 'Gt', 'Equals', '']), 15),
    values: fc.option(fc.array(value, { maxLength: 3 }), { freq: 4 }),
  },
  { requiredKeys: ['key', 'operator'] },
)

/** Expressions that are as they must be, more often than chance would make them. */
const soundExpression = fc.oneof(
  fc.record({ key: of(keys), operator: of(['In', 'NotIn']), values: fc.array(of(values), { minLength: 1, maxLength: 3 }) }),
  fc.record({ key: of(keys), operator: of(['Exists', 'DoesNotExist']) }),
)

const selector = fc.record(
  {
    matchLabels: fc.option(fc.uniqueArray(fc.tuple(key, value), { selector: ([name]) => name, maxLength: 1 }).map(record), { freq: 6 }),
    matchExpressions: fc.option(fc.array(rarely(soundExpression, expression, 5), { maxLength: 2 }), { freq: 6 }),
    matchNames: of([['reader']]),
  },
  { requiredKeys: [] },
)

const group = of(['sg-0a', 'sg-0b', 'sg-0c', 'sg-0d'])
const spec = fc.record(
  {
    podSelector: fc.option(selector, { freq: 5 }),
    serviceAccountSelector: fc.option(selector, { freq: 5 }),
    securityGroups: rarely(
      fc.record({ groupIds: fc.array(group, { minLength: 1, maxLength: 5 }) }),
      of([{}, { groupIds: [] }, { groupIds: null }, null]),
    ),
  },
  { requiredKeys: [] },
)

const policies = fc
  .array(fc.tuple(rarely(spec, of([undefined, null])), rarely(of([namespace]), of(['other']))), {
    minLength: 1,
    maxLength: 6,
    size: 'medium',
  })
  .map(list => list.map(([policy, where], index) => ({ metadata: { name: `policy-${index}`, namespace: where }, spec: policy })))

const podSpec = fc.record(
  {
    hostNetwork: rarely(of([false]), of([true]), 6),
    nodeSelector: rarely(
      of([{ 'kubernetes.io/os': 'linux' }]),
      of([{ 'kubernetes.io/os': 'windows' }, { 'beta.kubernetes.io/os': 'windows' }]),
      4,
    ),
  },
  { requiredKeys: [] },
)

const pod = fc
  .tuple(labels, podSpec, rarely(of([{}]), of([{ 'eks.amazonaws.com/fargate-profile': 'shop' }])))
  .map(([own, fields, fargate]) => ({
    metadata: { name: 'pod', namespace, labels: { ...own, ...fargate } },
    spec: { serviceAccountName: 'account', containers: [{ name: 'main', image: 'image' }], ...fields },
  }))

/** Cases as an API server may hold them, though no schema would keep their selectors out; simpler ones when they shrink. */
export const matchCases: fc.Arbitrary<MatchCase> = fc.record({
  pod,
  serviceAccount: rarely(
    labels.map(own => ({ metadata: { name: 'account', namespace, labels: own } })),
    of([null]),
    15,
  ),
  policies,
}) as fc.Arbitrary<never>
