import fc from 'fast-check'

export const pick = <T>(...values: T[]): fc.Arbitrary<T> => fc.constantFrom(...values)
export const oneOrMany = <T>(value: fc.Arbitrary<T>, max = 3): fc.Arbitrary<T | T[]> =>
  fc.oneof({ weight: 2, arbitrary: value }, { weight: 1, arbitrary: fc.array(value, { maxLength: max }) })

export const scrap = fc.array(pick('a', 'b', '*', '?', ':', '/', '$', '{', '}'), { maxLength: 6 }).map(letters => letters.join(''))

/** Keys of conditions, some in other case. */
export const keys = pick('aws:PrincipalTag/t', 'aws:principaltag/T', 'aws:SourceVpce', 'aws:TagKeys', 'AWS:tagkeys', 'aws:Other')
export const values: fc.Arbitrary<string | number | boolean> = fc.oneof(
  {
    weight: 10,
    arbitrary: pick<string | number | boolean>(
      'a',
      'b',
      'A',
      '',
      '*',
      'a*',
      '?',
      'a',
      'b',
      '${aws:PrincipalTag/t}',
      "${aws:SourceVpce, 'a'}",
      "${aws:None,'b'}",
      '${*}',
      'a${?}',
      '${aws:TagKeys}',
      '${',
      true,
      'TRUE',
      'false',
      1,
      '1.0',
      '-1',
      '10abc',
      '1.0.0',
      '1.',
      '.5',
      '+1',
      '01',
    ),
  },
  {
    weight: 3,
    arbitrary: pick(
      '2020-01-01T00:00:00Z',
      '1577836800',
      '2020',
      '2020-02-31',
      '2020-01-01',
      '2020-01-01T01:00+01:00',
      '2020-01-01T00:00:00',
    ),
  },
  {
    weight: 3,
    arbitrary: pick('10.0.0.0/8', '10.1.2.3', '10.1.2.3/40', '::1/64', '::1', '::ffff:10.1.2.3', '10.0.0.0/0', '1.2.3', '::/0'),
  },
  {
    weight: 3,
    arbitrary: pick(
      'arn:aws:s3:::b',
      'arn:aws:s3:::*',
      'arn:aws:*',
      '*',
      'arn:*:s3:::b',
      'arn:aws:s3:::${aws:PrincipalTag/t}',
      'arn:aws:s3::${aws:PrincipalTag/t}:b',
      'arn:aws:s3:::b:c',
    ),
  },
  { weight: 2, arbitrary: pick('YQ==', 'YR==', 'YWI=', 'K', 'k', 'K', 'ä', 'Ä') },
  { weight: 1, arbitrary: scrap },
)

const families =
  'StringEquals StringNotEquals StringEqualsIgnoreCase StringNotEqualsIgnoreCase StringLike StringNotLike ArnEquals ArnNotEquals ArnLike ArnNotLike NumericEquals NumericNotEquals NumericLessThan NumericLessThanEquals NumericGreaterThan NumericGreaterThanEquals DateEquals DateNotEquals DateLessThan DateLessThanEquals DateGreaterThan DateGreaterThanEquals Bool BinaryEquals IpAddress NotIpAddress'.split(
    ' ',
  )
const operators = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .tuple(
        pick('', '', '', 'ForAllValues:', 'ForAnyValue:'),
        pick('StringEquals', 'StringNotEquals', 'StringLike', 'StringNotLike', 'ArnLike'),
        pick('', '', 'IfExists'),
      )
      .map(parts => parts.join('')),
  },
  {
    weight: 8,
    arbitrary: fc
      .tuple(pick('', '', 'ForAllValues:', 'ForAnyValue:'), fc.constantFrom(...families), pick('', '', 'IfExists'))
      .map(parts => parts.join('')),
  },
  { weight: 3, arbitrary: fc.constant('Null') },
  { weight: 1, arbitrary: pick('NullIfExists', 'ForAllValues:Null', 'stringEquals', 'StringEqual', 'ForSomeValue:StringEquals', '') },
)
const invalidValue = fc.oneof(fc.constant(null), fc.constant({ a: 'b' }), fc.constant([['a']]))
export const condition = fc.oneof(
  {
    weight: 40,
    arbitrary: fc.dictionary(
      operators,
      fc.dictionary(keys, fc.oneof({ weight: 40, arbitrary: oneOrMany(values) }, { weight: 1, arbitrary: invalidValue }), { maxKeys: 2 }),
      { maxKeys: 2 },
    ),
  },
  { weight: 1, arbitrary: pick<unknown>('x', null, [], { StringEquals: 'a' }) },
)

const dates = pick(
  '2020-01-01T00:00:00Z',
  '1577836800',
  '2020',
  '2020-02-31',
  '2020-01-01',
  '2020-01-01T01:00+01:00',
  '2020-01-01T00:00:00',
  '2020-01-01T00:00:00.500Z',
  '12345',
  '2020-01-01T00:00Z',
  '2020-1-1',
)
const numbers = pick('1', '1.0', '1.0.0', '1.', '.5', '+1', '01', '-1', '10abc', '', '2', '10', '1e1')
const addresses = pick(
  '10.0.0.0/8',
  '10.1.2.3',
  '10.1.2.3/40',
  '10.1.2.3/32',
  '::1/64',
  '::1',
  '::ffff:10.1.2.3',
  '::ffff:a01:203',
  '10.0.0.0/0',
  '1.2.3',
  '::/0',
  '10.0.0.0/7',
  '1::2::3',
  '0:0:0:0:0:0:0:1',
  '256.1.1.1',
  '10.0.0.0/x',
)
const arns = pick(
  'arn:aws:s3:::b',
  'arn:aws:s3:::*',
  'arn:aws:*',
  '*',
  'arn:*:s3:::b',
  'arn:aws:s3:::b:c',
  'arn:aws:s3:::${aws:PrincipalTag/t}',
  'arn:aws:s3::${aws:PrincipalTag/t}:b',
  'arn:aws:s3:*:*:?',
  'arn::::::',
  'b',
  'arn:aws:s3:a:b',
  "arn:aws:s3:::${x, 'b:c'}",
)
const strings = pick(
  'a',
  'b',
  'A',
  '',
  '*',
  'a*',
  '?',
  'ab',
  'aB',
  '${aws:PrincipalTag/t}',
  "${aws:PrincipalTag/t, 'a'}",
  "${aws:PrincipalTag/t,'*'}",
  '${*}',
  'a${?}',
  '${$}',
  '${',
  '${}',
  'K',
  'k',
  'K',
  'ä',
  'Ä',
)
const rest = pick<string | boolean>(
  'true',
  'TRUE',
  'false',
  true,
  false,
  'yes',
  '',
  '${aws:PrincipalTag/t}',
  'YQ==',
  'YR==',
  'YWI=',
  'YWJj',
  '====',
  'Y',
  'YQ=',
)

/** One condition line whose values suit its operator, with values of the key and of the tag that variables name. */
export const lines = fc.constantFrom(...families, 'Null').chain(family => {
  const pool: fc.Arbitrary<string | boolean> = family.startsWith('String')
    ? fc.oneof(strings, scrap)
    : family.startsWith('Arn')
      ? arns
      : family.startsWith('Numeric')
        ? numbers
        : family.startsWith('Date')
          ? dates
          : family.includes('Ip')
            ? addresses
            : rest
  const asked = fc.oneof(
    { weight: 4, arbitrary: pool.map(String) },
    { weight: 2, arbitrary: fc.array(pool.map(String), { maxLength: 3 }) },
    { weight: 1, arbitrary: pick<null | { unknown: string }>(null, { unknown: 'x' }) },
  )
  return fc.record({
    operator:
      family === 'Null'
        ? fc.constant('Null')
        : fc
            .tuple(pick('', '', 'ForAllValues:', 'ForAnyValue:'), fc.constant(family), pick('', '', 'IfExists'))
            .map(parts => parts.join('')),
    wanted: oneOrMany(pool, 3),
    asked,
    tag: fc.oneof(
      pick<null | { unknown: string } | readonly string[]>(null, { unknown: 'x' }, ['a', 'b']),
      pick('a', 'b', '*', 'a?', ''),
      pick('a', 'b'),
    ),
    version: pick('2012-10-17', '2012-10-17', '2008-10-17'),
  })
})
