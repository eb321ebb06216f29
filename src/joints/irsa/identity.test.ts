import { describe, expect, it } from 'vitest'
import { environmentOf, identityOf, literalOf, tokenFileOf } from './identity.ts'

const file = '/var/run/secrets/eks.amazonaws.com/serviceaccount/token'
const volume = (audience?: string) => ({
  name: 'aws-iam-token',
  projected: { sources: [{ serviceAccountToken: { path: 'token', ...(audience === undefined ? {} : { audience }) } }] },
})
const mounted = { name: 'a', volumeMounts: [{ name: 'aws-iam-token', mountPath: '/var/run/secrets/eks.amazonaws.com/serviceaccount' }] }
const by = (env: readonly object[]) => {
  const container = { ...mounted, env: env as never }
  return identityOf({ containers: [container], volumes: [volume('sts.amazonaws.com')] }, container).by
}
const web = [
  { name: 'AWS_ROLE_ARN', value: 'r' },
  { name: 'AWS_WEB_IDENTITY_TOKEN_FILE', value: file },
]
const secret = (name: string) => ({ name, valueFrom: { secretKeyRef: { name: 's', key: 'k' } } })
const container = [
  { name: 'AWS_CONTAINER_CREDENTIALS_FULL_URI', value: 'u' },
  { name: 'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE', value: 'f' },
]

describe('a container uses', () => {
  it.each([
    ['static keys before everything', 'static-keys', [secret('AWS_ACCESS_KEY_ID'), secret('AWS_SECRET_ACCESS_KEY'), ...web, ...container]],
    ['no static keys when one is missing', 'web-identity', [secret('AWS_ACCESS_KEY_ID'), ...web]],
    [
      'no static keys when one is empty',
      'web-identity',
      [secret('AWS_ACCESS_KEY_ID'), { name: 'AWS_SECRET_ACCESS_KEY', value: '' }, ...web],
    ],
    ['web identity before container credentials', 'web-identity', [...web, ...container]],
    ['container credentials without a web identity', 'container-credentials', [{ name: 'AWS_ROLE_ARN', value: 'r' }, ...container]],
    ['what a profile says, where one is named', 'profile', [{ name: 'AWS_PROFILE', value: 'p' }, ...web]],
    ['nothing', 'none', []],
  ])('%s', (_, expected, env) => {
    expect(by(env)).toBe(expected)
  })
  it('the last variable of a name', () => {
    const environment = environmentOf({
      name: 'a',
      env: [
        { name: 'X', value: '1' },
        { name: 'X', value: '2' },
      ],
    })
    expect(literalOf(environment.get('X'))).toBe('2')
  })
})

describe('the token file', () => {
  const at = (path: string, mount: object, volumes: readonly object[]) =>
    tokenFileOf({ containers: [], volumes: volumes as never }, { name: 'a', volumeMounts: [mount as never] }, path)
  it.each([
    ['is a token', file, { ...mounted.volumeMounts[0] }, [volume('x')], { is: 'token', volume: 'aws-iam-token', audience: 'x' }],
    [
      'is a token under a Windows path',
      'C:\\var\\run\\secrets\\eks.amazonaws.com\\serviceaccount\\token',
      { ...mounted.volumeMounts[0] },
      [volume('x')],
      { is: 'token', volume: 'aws-iam-token', audience: 'x' },
    ],
    [
      'may be the token of the API server',
      file,
      { ...mounted.volumeMounts[0] },
      [volume()],
      { is: 'token', volume: 'aws-iam-token', audience: undefined },
    ],
    [
      'is not mounted',
      file,
      { name: 'aws-iam-token', mountPath: '/var/run/secrets/eks.amazonaws.com/service' },
      [volume('x')],
      { is: 'not-mounted' },
    ],
    [
      'is not in the volume',
      '/t/other',
      { name: 'aws-iam-token', mountPath: '/t/' },
      [volume('x')],
      { is: 'no-token', volume: 'aws-iam-token' },
    ],
    [
      'comes from a volume that does not tell',
      '/t/token',
      { name: 'v', mountPath: '/t' },
      [{ name: 'v', csi: { driver: 'd' } }],
      { is: 'untold' },
    ],
    [
      "is the API server's own",
      '/var/run/secrets/kubernetes.io/serviceaccount/token',
      { name: 'v', mountPath: '/v' },
      [],
      { is: 'untold' },
    ],
  ])('%s', (_, path, mount, volumes, expected) => {
    expect(at(path, mount, volumes)).toEqual(expected)
  })
})
