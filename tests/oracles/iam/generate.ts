import fc from 'fast-check'
import { condition, keys, oneOrMany, pick, scrap, values } from './generate-conditions.ts'
import type { OraclePolicies, OracleRequest } from './evaluator.ts'

/**
 * Random policies and requests over few names, so that they meet: wildcards, other case, absent keys, several values, variables, both
 * versions, scalars and lists, and now and then something invalid.
 */
const A = '111122223333'
const B = '444455556666'
const roles = [
  `arn:aws:iam::${A}:role/r`,
  `arn:aws:iam::${A}:role/team/r`,
  `arn:aws:iam::${B}:role/r`,
  `arn:aws:iam::${A}:role/aws-service-role/x.amazonaws.com/l`,
]
const provider = `arn:aws:iam::${A}:oidc-provider/i`

const actions = pick(
  's3:GetObject',
  'sts:AssumeRole',
  'kms:Decrypt',
  's3:ListBucket',
  'ec2:RunInstances',
  'kms:RetireGrant',
  'STS:assumerole',
  'sts:GetCallerIdentity',
)
const actionPatterns = fc.oneof(
  {
    weight: 12,
    arbitrary: pick(
      '*',
      '*',
      's3:*',
      's3:GetObject',
      'S3:gET?BJECT',
      's3:Get*',
      'sts:AssumeRole',
      'sts:*',
      'kms:*',
      'k*:De*t',
      '*:*',
      'ec2:Run*s',
      's3:getobject*',
    ),
  },
  { weight: 1, arbitrary: pick('s3GetObject', 's3: GetObject', '') },
)

const resources = pick(
  'arn:aws:s3:::b/a',
  'arn:aws:s3:::b',
  'arn:aws:s3:::b/a/c',
  'arn:aws:s3:::b/a*',
  roles[0] ?? '',
  roles[1] ?? '',
  roles[2] ?? '',
  `arn:aws:kms:eu-west-1:${A}:key/k`,
  `arn:aws:kms:eu-west-1:${B}:key/k`,
  `arn:aws:sqs:eu-west-1:${A}:q:x`,
  'arn:aws:iam::aws:policy/P',
  '*',
)
const resourcePatterns = fc.oneof(
  {
    weight: 14,
    arbitrary: pick(
      '*',
      '*',
      'arn:aws:s3:::b/*',
      'arn:aws:s3:::b',
      'arn:aws:s3:::?/a',
      'arn:aws:s3:::*',
      'arn:aws:s3',
      'arn:aws:s3*',
      'arn:aws:*',
      'arn:*:a',
      'arn:aws:sqs:*',
      'arn:aws:sqs:*:x',
      'arn:aws:sqs:eu-*:q:*',
      'arn:aws:sqs:e*-1:*:q:x',
      'arn:aws:s?s:*:x',
      'arn:aws:sqs:e*t*:x',
      'arn:aws:iam::*:role/*',
      'arn:aws:kms:*:*:key/k',
      'arn:aws:s3:::b/${aws:PrincipalTag/t}',
      "arn:aws:s3:::b/${aws:principaltag/T, 'a'}",
      'arn:aws:s3:::b/a${*}',
      'arn:aws:s3:::${aws:SourceVpce}/*',
      'arn:aws:sqs:*:${aws:PrincipalAccount}:q:x',
    ),
  },
  {
    weight: 1,
    arbitrary: fc.oneof(
      pick('b/a', 'arn', '**', ''),
      scrap.map(text => `arn:aws:s3:::b/${text}`),
    ),
  },
)

const awsPrincipals = pick(
  '*',
  A,
  B,
  `arn:aws:iam::${A}:root`,
  `arn:aws:iam::${B}:root`,
  ...roles,
  `arn:aws:sts::${A}:assumed-role/r/s`,
  `arn:aws:iam::${A}:user/u`,
  'AROAROLE',
  'AIDAUSER',
  `arn:aws:iam::${A}:role/*`,
)
/** The whole chain of a session or a user, which NotPrincipal needs; and those of others in the same role or account. */
const chains = pick<unknown>(
  { AWS: [`arn:aws:sts::${A}:assumed-role/r/s`, roles[0], A, 'AROAROLE', 'AROAROLE:s'] },
  { AWS: [`arn:aws:sts::${A}:assumed-role/r/s`, roles[0], `arn:aws:iam::${A}:root`] },
  { AWS: [`arn:aws:iam::${A}:user/u`, A] },
  { AWS: [`arn:aws:sts::${A}:assumed-role/r/other`, roles[0], A] },
  { AWS: [`arn:aws:iam::${A}:user/other`, `arn:aws:iam::${A}:root`] },
  { AWS: [`arn:aws:iam::${B}:user/other`, `arn:aws:iam::${A}:root`] },
)

const principal = fc.oneof(
  { weight: 2, arbitrary: chains },
  { weight: 4, arbitrary: fc.constant<unknown>('*') },
  { weight: 12, arbitrary: oneOrMany(awsPrincipals, 4).map((AWS): unknown => ({ AWS })) },
  { weight: 3, arbitrary: oneOrMany(pick(provider, '*', 'x'), 2).map((Federated): unknown => ({ Federated })) },
  { weight: 3, arbitrary: oneOrMany(pick('pods.eks.amazonaws.com', '*', 'ec2.amazonaws.com'), 2).map((Service): unknown => ({ Service })) },
  {
    weight: 1,
    arbitrary: pick<unknown>({}, { Other: '*' }, 'x', { AWS: [null] }, { AWS: 111122223333, Service: 'pods.eks.amazonaws.com' }),
  },
)

export function statements(withPrincipal: boolean, withResource: boolean): fc.Arbitrary<unknown> {
  const optional = <T>(key: string, value: fc.Arbitrary<T>, weight: number): fc.Arbitrary<object> =>
    fc.oneof({ weight, arbitrary: value.map(each => ({ [key]: each })) }, { weight: 1, arbitrary: fc.constant({}) })
  const either = (key: string, value: fc.Arbitrary<unknown>): fc.Arbitrary<object> =>
    fc
      .tuple(fc.oneof({ weight: 5, arbitrary: fc.constant(key) }, { weight: 1, arbitrary: fc.constant(`Not${key}`) }), value)
      .map(([name, each]) => ({ [name]: each }))
  const parts = [
    fc.oneof(
      { weight: 30, arbitrary: pick<object>({ Effect: 'Allow' }, { Effect: 'Allow' }, { Effect: 'Deny' }) },
      { weight: 1, arbitrary: pick<object>({ Effect: 'allow' }, {}) },
    ),
    either('Action', oneOrMany(actionPatterns)),
    withResource ? either('Resource', oneOrMany(resourcePatterns)) : fc.constant({}),
    withPrincipal ? either('Principal', principal) : fc.constant({}),
    optional('Condition', condition, 1),
    fc.oneof(
      { weight: 60, arbitrary: fc.constant<object>({}) },
      { weight: 1, arbitrary: pick<object>({ Extra: 1 }, { Sid: 'x' }, { Principal: '*' }, { NotAction: 'a:b' }) },
    ),
  ]
  return fc.tuple(...parts).map(each => Object.assign({}, ...each) as unknown)
}

function document(withPrincipal: boolean, withResource = true): fc.Arbitrary<unknown> {
  const one = statements(withPrincipal, withResource)
  const body = fc.record({
    Version: pick('2012-10-17', '2012-10-17', '2012-10-17', '2008-10-17', undefined),
    Statement: fc.oneof({ weight: 1, arbitrary: one }, { weight: 4, arbitrary: fc.array(one, { minLength: 1, maxLength: 3 }) }),
  })
  return fc.oneof({ weight: 60, arbitrary: body }, { weight: 1, arbitrary: pick<unknown>(null, 'x', [], {}, { Statement: [] }) })
}

const allowAll = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] }
const allowAllWithPrincipal = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: '*', Action: '*', Resource: '*' }] }

function layer(withPrincipal: boolean, none: number, withResource = true): fc.Arbitrary<readonly unknown[] | 'unread' | undefined> {
  const full = withPrincipal ? allowAllWithPrincipal : allowAll
  const documents = fc.array(
    fc.oneof(
      { weight: 5, arbitrary: document(withPrincipal, withResource) },
      { weight: withResource ? 2 : 0, arbitrary: fc.constant<unknown>(full) },
    ),
    { maxLength: 2 },
  )
  return fc.oneof(
    { weight: none, arbitrary: fc.constant(undefined) },
    { weight: 8, arbitrary: documents },
    { weight: 1, arbitrary: fc.constant<'unread'>('unread') },
  )
}

function levels(withPrincipal: boolean): fc.Arbitrary<readonly (readonly unknown[] | 'unread')[] | 'unread' | undefined> {
  const level = fc.oneof(
    {
      weight: 6,
      arbitrary: fc
        .tuple(fc.constant(withPrincipal ? allowAllWithPrincipal : allowAll), document(withPrincipal))
        .map((both): readonly unknown[] | 'unread' => both),
    },
    { weight: 2, arbitrary: fc.array(document(withPrincipal), { maxLength: 1 }).map((list): readonly unknown[] | 'unread' => list) },
    { weight: 1, arbitrary: fc.constant<readonly unknown[] | 'unread'>('unread') },
  )
  return fc.oneof(
    { weight: 6, arbitrary: fc.constant(undefined) },
    { weight: 4, arbitrary: fc.array(level, { maxLength: 2 }) },
    { weight: 1, arbitrary: fc.constant<'unread'>('unread') },
  )
}

const principals: fc.Arbitrary<OracleRequest['principal']> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .record(
        {
          kind: fc.constant('roleSession'),
          roleArn: fc.constantFrom(...roles),
          sessionName: pick('s', 't'),
          uniqueId: pick('AROAROLE', 'AROAOTHER'),
        },
        { requiredKeys: ['kind', 'roleArn', 'sessionName'] },
      )
      .map(each => each as OracleRequest['principal']),
  },
  {
    weight: 3,
    arbitrary: pick<OracleRequest['principal']>(
      { kind: 'user', arn: `arn:aws:iam::${A}:user/u`, uniqueId: 'AIDAUSER' },
      { kind: 'user', arn: `arn:aws:iam::${B}:user/u` },
    ),
  },
  {
    weight: 4,
    arbitrary: pick<OracleRequest['principal']>(
      { kind: 'webIdentity', provider },
      { kind: 'service', name: 'pods.eks.amazonaws.com' },
      { kind: 'anonymous' },
      { kind: 'root', account: A, partition: 'aws' },
      { kind: 'federatedUser', arn: `arn:aws:sts::${A}:federated-user/f` },
    ),
  },
)

const texts = values.map(String)
const contextValue: fc.Arbitrary<OracleRequest['context'][string]> = fc.oneof(
  { weight: 8, arbitrary: texts },
  { weight: 2, arbitrary: fc.array(texts, { maxLength: 3 }) },
  { weight: 1, arbitrary: fc.constant(null) },
  { weight: 2, arbitrary: fc.constant({ unknown: 'not read' }) },
)

export const requests: fc.Arbitrary<OracleRequest> = fc
  .record({
    principal: principals,
    action: actions,
    resource: resources,
    resourceAccount: pick(undefined, A, B),
    context: fc.dictionary(keys, contextValue, { maxKeys: 4 }),
    unlistedKeys: pick<'absent' | 'unknown'>('absent', 'absent', 'absent', 'unknown'),
    organization: pick(undefined, undefined, undefined, { principalInManagementAccount: true }, { resourceInManagementAccount: true }),
    awsManagedKey: pick(undefined, undefined, undefined, true),
  })
  .map(tidy)

/** Leaves out what is undefined. */
function tidy<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as { [K in keyof T]: Exclude<T[K], undefined> }
}

const resourceLayer = fc.oneof(
  {
    weight: 3,
    arbitrary: fc
      .tuple(pick<'resource' | 'key'>('resource', 'key'), layer(true, 3))
      .map(([resourceKind, resource]) => ({ resourceKind, resource })),
  },
  { weight: 2, arbitrary: layer(true, 1, false).map(resource => ({ resourceKind: 'trust' as const, resource })) },
  {
    weight: 1,
    arbitrary: fc.oneof(layer(true, 1, false), layer(true, 1)).map(resource => ({ resourceKind: 'repository' as const, resource })),
  },
)

export const policies: fc.Arbitrary<OraclePolicies> = fc
  .tuple(
    resourceLayer,
    fc.record({
      serviceControl: levels(false),
      resourceControl: levels(true),
      endpoint: layer(true, 8),
      identity: layer(false, 1),
      boundary: layer(false, 6),
      session: layer(false, 6),
    }),
  )
  .map(([resource, others]) => tidy({ ...resource, ...others }))
