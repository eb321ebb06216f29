import { describe, expect, test } from 'vitest'
import { strayIssuer, strayProvider, type Straying } from './stray-issuer.ts'

const id = 'EXAMPLED539D4633E53DE1B716D3041E'
const issuer = `oidc.eks.eu-west-1.amazonaws.com/id/${id}`
const provider = (name: string, account = '111122223333', partition = 'aws') => `arn:${partition}:iam::${account}:oidc-provider/${name}`

const issuers: readonly (readonly [string, Straying | undefined])[] = [
  [issuer, undefined],
  [`https://${issuer}`, 'scheme'],
  [`${issuer}/`, 'slash'],
  [issuer.replace('.com/', '.com:443/'), 'port'],
  [issuer.toLowerCase(), 'case'],
  [issuer.replace('eu-west-1', 'eu-west-2'), 'region'],
  [issuer.replace(id, 'B'.repeat(32)), 'cluster'],
  [issuer.replace(id, 'B'.repeat(32)).replace('eu-west-1', 'us-east-1'), 'cluster'],
  [`oidc-eks.eu-west-1.api.aws/id/${'B'.repeat(32)}`, 'cluster'],
  [`oidc.eks.cn-north-1.amazonaws.com.cn/id/${'B'.repeat(32)}`, 'cluster'],
  [issuer.replace('/id/', '/'), 'spelling'],
  ['oidc.eks.eu-west-1.amazonaws.com', 'spelling'],
  ['token.actions.githubusercontent.com', undefined],
  ['accounts.google.com', undefined],
]

const providers: readonly (readonly [string, Straying | undefined])[] = [
  [provider(issuer), undefined],
  [provider(issuer, '999988887777'), 'account'],
  [provider(issuer, '111122223333', 'aws-us-gov'), 'partition'],
  [provider(`https://${issuer}`), 'scheme'],
  [provider(issuer.toLowerCase()), 'case'],
  [issuer, 'form'],
  [`https://${issuer}`, 'form'],
  [provider('token.actions.githubusercontent.com'), undefined],
  ['cognito-identity.amazonaws.com', undefined],
  ['arn:aws:iam::111122223333:saml-provider/okta', undefined],
]

describe('what a text that should name the issuer is instead', () => {
  test.each(issuers)('%s', (written, how) => {
    expect(strayIssuer(written, issuer)?.how).toBe(how)
  })
  test.each(providers)('%s', (written, how) => {
    expect(strayProvider(written, provider(issuer), issuer)?.how).toBe(how)
  })
  test('a self-hosted issuer is judged by its spelling alone', () => {
    expect(strayIssuer('oidc.shop.example/prod', 'oidc.shop.example/prd')?.how).toBe('spelling')
    expect(strayIssuer('oidc.shop.example/prod', 'login.bank.example/x')).toBeUndefined()
  })
})
