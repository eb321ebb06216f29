import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { roleArnFault } from './role-arn-fault.ts'
import { parseRoleArn } from './service-account.ts'

const arn = 'arn:aws:iam::111122223333:role/team/s3-reader'

describe('a text that is no role ARN', () => {
  it.each([
    [`${arn}\n`, arn],
    [` ${arn}`, arn],
    [`${arn}\u200B`, arn],
    ['arn:aws:iam::111122223333:role/team/ s3-reader', arn],
    [`"${arn}"`, arn],
    [`'${arn}'\n`, arn],
    [`${arn};`, arn],
    ['ARN:aws:iam::111122223333:role/team/s3-reader', arn],
    ['arn:aws:iam:111122223333:role/team/s3-reader', arn],
    ['arn:aws:iam:::111122223333:role/team/s3-reader', arn],
    ['arn:aws:iam::111122223333::role/team/s3-reader', arn],
    ['arn:aws:iam:eu-west-1:111122223333:role/team/s3-reader', arn],
    ['arn:aws:iam::111122223333:role:team/s3-reader', arn],
    ['arn:aws:iam::111122223333:roles/team/s3-reader', arn],
  ])('%j can only mean %s', (text, meant) => {
    expect(roleArnFault(text)?.repaired).toBe(meant)
  })
  it.each([
    ['arn:aws:iam::111122223333:instance-profile/nodes', 'instance profile'],
    ['arn:aws:sts::111122223333:assumed-role/s3-reader/session', 'session'],
    ['arn:aws:iam::111122223333:user/alice', 'user'],
    ['arn:aws:iam::aws:policy/ReadOnlyAccess', 'policy'],
    ['s3-reader', 'name'],
    ['team/s3-reader', 'name'],
    ['arn:aws:iam::11112222333:role/s3-reader', '11 digits'],
    ['arn:aws:iam::1111-2222-3333:role/s3-reader', 'not 12 digits'],
    ['arn:aws:iam:::role/s3-reader', 'missing'],
    ['arn:aws:iam::${AWS_ACCOUNT_ID}:role/s3-reader', 'placeholder'],
    ['arn:aws:iam::111122223333:role/<role name>', 'placeholder'],
    ['arn:aws:s3:::bucket', 'not the ARN of a role'],
  ])('%j is called by its name', (text, what) => {
    const fault = roleArnFault(text)
    expect(fault?.what).toContain(what)
    expect(fault?.repaired).toBeUndefined()
  })
  it('is repaired to a well-formed one or not at all', () => {
    const piece = fc.constantFrom(
      'arn',
      ':',
      'aws',
      'iam',
      '::',
      '111122223333',
      'role',
      '/',
      's3-reader',
      ' ',
      '\n',
      '"',
      'instance-profile',
      'eu-west-1',
      '1',
    )
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 14 }).map(pieces => pieces.join('')),
        text => {
          const fault = roleArnFault(text)
          expect(fault === undefined).toBe(parseRoleArn(text) !== undefined)
          if (fault?.repaired !== undefined) expect(roleArnFault(fault.repaired)).toBeUndefined()
        },
      ),
    )
  })
})
