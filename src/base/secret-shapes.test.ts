import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { maskSecrets } from './secret-shapes.ts'

const keyId = `AKIA${'ABCDEFGH12345678'}`
const secret = 'wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY01'

describe('maskSecrets', () => {
  it.each([
    [`- name: AWS_ACCESS_KEY_ID # ${keyId}`, '- name: AWS_ACCESS_KEY_ID # AKIA****************'],
    [`{ name: DB_PASSWORD, value: hunter2 }`, '{ name: DB_PASSWORD, value: ********}'],
    [`"name": "TOKEN", "value": "a b"`, '"name": "TOKEN", "value": *****'],
    ['postgres://app:hunter2@db/x', 'postgres://app:*******@db/x'],
    [`key: ${secret}`, `key: ${'*'.repeat(40)}`],
  ])('hides the secret of %s', (line, shown) => expect(maskSecrets(line)).toBe(shown))
  it('knows a value by the name above it', () => {
    expect(maskSecrets('  value: hunter2', '- name: DB_PASSWORD')).toBe('  value: *******')
    expect(maskSecrets('  value: eu-west-1', '- name: AWS_REGION')).toBe('  value: eu-west-1')
  })
  it.each(['thumbprint: 9e99a48a9960b14926bb7f3b02e22da2b0ab7280', 'arn:aws:iam::111122223333:role/s3-reader', 'value: web'])(
    'leaves %s',
    line => expect(maskSecrets(line)).toBe(line),
  )
  it('keeps every column where it is, for any line', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), fc.string(), (line, above) => maskSecrets(line, above).length === line.length))
  })
  it('takes a megabyte without a pause that grows with its square', () => {
    for (const text of ['x', 'value: ', 'eyJ', '://', 'name:', 'A1', ':'].map(piece => piece.repeat(1_000_000 / piece.length))) {
      expect(maskSecrets(text)).toHaveLength(text.length)
    }
  })
})
