import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { PodShape, PodSpec } from '#joints/workloads.ts'
import { Resource } from '#model/resource.ts'
import { firstCsvRecord } from './csv-record.ts'
import {
  eksWebhook,
  mutate,
  mutated,
  roleVariable,
  seatsOf,
  skippedContainers,
  tokenFileVariable,
  tokenVolume,
  type WebhookOptions,
} from './webhook.ts'

const origin = { locate: () => ({ in: 'api', call: 'test', path: '.', excerpt: '' }) as const }
const arn = 'arn:aws:iam::111122223333:role/s3-reader'
const path = '/var/run/secrets/eks.amazonaws.com/serviceaccount'
const plain: WebhookOptions = { ...eksWebhook, regionalStsEndpoints: false }

function account(annotations: Record<string, string> = {}) {
  const metadata = { name: 'reader', namespace: 'n', annotations: { 'eks.amazonaws.com/role-arn': arn, ...annotations } }
  return new Resource('k8s/ServiceAccount', 'n/reader', { cluster: 'prod' }, { metadata }, origin)
}

function shape(spec: PodSpec, annotations: Record<string, string> = {}): PodShape {
  const metadata = { name: 'p', namespace: 'n' }
  return {
    resource: new Resource('k8s/Pod', 'n/p', { cluster: 'prod' }, { metadata, spec }, origin) as never,
    root: [],
    labels: {},
    annotations,
    spec,
  }
}

const variable = (name: string, value = 'x') => ({ name, value })
const identity = [variable(roleVariable, arn), variable(tokenFileVariable, `${path}/token`)]
const mount = { name: tokenVolume, readOnly: true, mountPath: path }
const added = (spec: PodSpec, options = plain, pod: Record<string, string> = {}, own: Record<string, string> = {}) =>
  mutate(shape(spec, pod), account(own), options)

/** The webhook's own test vectors (pkg/handler/testdata), in this model's words. */
describe('the webhook', () => {
  it('adds volume, variables and mount to a plain pod', () => {
    const mutation = added({ containers: [{ name: 'a' }] })
    expect(mutation?.volume?.projected?.sources?.[0]?.serviceAccountToken).toEqual({
      audience: 'sts.amazonaws.com',
      expirationSeconds: 86_400,
      path: 'token',
    })
    expect(mutation?.containers.map(item => [item.env, item.mount])).toEqual([[identity, mount]])
  })
  it('adds regional endpoints and region where they are missing, and both region variables only if neither is there', () => {
    const options = { ...eksWebhook, region: 'eu-west-1' }
    const names = (env: readonly { name: string; value?: string }[]) =>
      added({ containers: [{ name: 'a', env: [...env] }] }, options)?.containers[0]?.env.map(item => item.name)
    expect(names([])).toEqual(['AWS_STS_REGIONAL_ENDPOINTS', 'AWS_DEFAULT_REGION', 'AWS_REGION', roleVariable, tokenFileVariable])
    expect(names([variable('AWS_REGION')])).toEqual(['AWS_STS_REGIONAL_ENDPOINTS', roleVariable, tokenFileVariable])
    expect(names([variable('AWS_STS_REGIONAL_ENDPOINTS'), variable('AWS_DEFAULT_REGION')])).toEqual([roleVariable, tokenFileVariable])
  })
  it.each([roleVariable, tokenFileVariable])('adds neither variable when %s is there, and the mount all the same', name => {
    const [container] = added({ containers: [{ name: 'a', env: [variable(name)] }] })?.containers ?? []
    expect([container?.env, container?.mount]).toEqual([[], mount])
  })
  it('leaves before the mount when identity, region and STS variables are all there', () => {
    const env = [variable('AWS_REGION'), variable('AWS_STS_REGIONAL_ENDPOINTS'), variable(roleVariable)]
    const mutation = added({ containers: [{ name: 'a', env }] })
    expect(mutation?.containers[0]?.mount).toBeUndefined()
    expect(mutation?.volume).toBeDefined()
  })
  it('keeps a volume and a mount of its name as they are', () => {
    const spec = {
      containers: [{ name: 'a', volumeMounts: [{ name: tokenVolume, mountPath: '/elsewhere' }] }],
      volumes: [{ name: tokenVolume, hostPath: { path: '/x' } }],
    }
    const mutation = added(spec)
    expect([mutation?.volume, mutation?.containers[0]?.mount, mutation?.containers[0]?.env]).toEqual([undefined, undefined, identity])
  })
  it.each(['kubernetes.io/os', 'beta.kubernetes.io/os'])('gives Windows pods, known by %s, a Windows path and the same mount', key => {
    const [container] = added({ nodeSelector: { [key]: 'windows' }, containers: [{ name: 'a' }] })?.containers ?? []
    expect(container?.env[1]?.value).toBe(String.raw`C:\var\run\secrets\eks.amazonaws.com\serviceaccount\token`)
    expect(container?.mount?.mountPath).toBe(path)
  })
  it('takes init containers, and leaves skipped ones of both sorts alone', () => {
    const spec = { initContainers: [{ name: 'first' }, { name: 'other' }], containers: [{ name: 'a' }, { name: 'b' }] }
    const mutation = added(spec, plain, { 'eks.amazonaws.com/skip-containers': 'other,b' })
    expect(mutation?.containers.map(item => [item.container.name, item.skipped, item.env.length])).toEqual([
      ['first', false, 2],
      ['other', true, 0],
      ['a', false, 2],
      ['b', true, 0],
    ])
  })
  it('does nothing without a role, or with an empty one', () => {
    expect(added({ containers: [{ name: 'a' }] }, plain, {}, { 'eks.amazonaws.com/role-arn': '' })).toBeUndefined()
  })
  it.each([
    [{ 'eks.amazonaws.com/token-expiration': '3600' }, {}, 3600],
    [{ 'eks.amazonaws.com/token-expiration': '10000' }, { 'eks.amazonaws.com/token-expiration': '20000' }, 10_000],
    [{}, { 'eks.amazonaws.com/token-expiration': '20000' }, 20_000],
    [{ 'eks.amazonaws.com/token-expiration': '60' }, {}, 600],
    [{ 'eks.amazonaws.com/token-expiration': '1h' }, { 'eks.amazonaws.com/token-expiration': '7200' }, 7200],
    [{ 'eks.amazonaws.com/token-expiration': '-5' }, {}, 600],
    [{ 'eks.amazonaws.com/token-expiration': '99999999999999999999' }, {}, 86_400],
  ])('pod %j and service account %j make tokens of %d seconds', (pod: Record<string, string>, own: Record<string, string>, seconds) => {
    expect(added({ containers: [] }, plain, pod, own)?.volume?.projected?.sources?.[0]?.serviceAccountToken?.expirationSeconds).toBe(
      seconds,
    )
  })
  it('takes the annotation on regional endpoints before the flag, when Go reads it as a boolean', () => {
    const count = (value: string) =>
      added({ containers: [{ name: 'a' }] }, eksWebhook, {}, { 'eks.amazonaws.com/sts-regional-endpoints': value })?.containers[0]?.env
        .length
    expect(['false', 'F', '0', 'true', 'yes', ''].map(count)).toEqual([2, 2, 2, 3, 3, 3])
  })
})

const name = fc.constantFrom(roleVariable, tokenFileVariable, 'AWS_REGION', 'AWS_DEFAULT_REGION', 'AWS_STS_REGIONAL_ENDPOINTS', 'LOG_LEVEL')
const container = (id: string) =>
  fc.record({
    name: fc.constant(id),
    env: fc.uniqueArray(
      name.map(each => variable(each)),
      { selector: item => item.name },
    ),
    volumeMounts: fc.subarray([mount, { name: 'data', mountPath: '/data' }]),
  })
const spec = fc.record({
  initContainers: fc.tuple(container('init')).map(list => [...list]),
  containers: fc.tuple(container('a'), container('b')).map(list => [...list]),
  volumes: fc.subarray([
    { name: tokenVolume, projected: { sources: [] } },
    { name: 'data', emptyDir: {} },
  ]),
})
const skip = fc.constantFrom({}, { 'eks.amazonaws.com/skip-containers': 'a' }, { 'eks.amazonaws.com/skip-containers': '"a","b",init' })
const options = fc
  .record({ region: fc.constantFrom(undefined, 'eu-west-1'), regionalStsEndpoints: fc.boolean() })
  .map(flags => ({ ...eksWebhook, ...flags }))

describe('whatever the pod', () => {
  it('the mutation loses nothing, skips what is skipped, and does nothing more when it comes again', () => {
    fc.assert(
      fc.property(spec, skip, options, (before, annotations: Record<string, string>, flags) => {
        const mutation = mutate(shape(before, annotations), account(), flags)
        if (mutation === undefined) throw new Error('the account asks for a role')
        const after = mutated(before, mutation)
        const skipped = skippedContainers(shape(before, annotations))
        for (const [index, seat] of seatsOf(after).entries()) {
          const was = seatsOf(before)[index]?.container
          expect(seat.container.env?.slice(0, was?.env?.length)).toEqual(was?.env)
          expect(seat.container.volumeMounts?.slice(0, was?.volumeMounts?.length)).toEqual(was?.volumeMounts)
          if (skipped.has(seat.container.name)) expect(seat.container).toEqual(was)
        }
        const again = mutate(shape(after, annotations), account(), flags)
        expect(again?.volume).toBeUndefined()
        for (const item of again?.containers ?? []) expect([item.env, item.mount]).toEqual([[], undefined])
      }),
    )
  })
})

describe('the CSV record of skip-containers', () => {
  it.each([
    ['a,b', ['a', 'b']],
    ['a, b', ['a', ' b']],
    ['"a","b"', ['a', 'b']],
    ['"a ""x""",b', ['a "x"', 'b']],
    ['\n\na\nb', ['a']],
    ['a,', ['a', '']],
    ['a\r\n', ['a']],
    ['"a\nb",c', ['a\nb', 'c']],
    ['', undefined],
    ['\n', undefined],
    ['a"b', undefined],
    ['"a', undefined],
    ['"a"b', undefined],
  ])('%j is %j', (text, fields) => {
    expect(firstCsvRecord(text)).toEqual(fields)
  })
  it('reads back what Go writes', () => {
    const field = fc.string({ unit: fc.constantFrom('a', 'b', ',', '"', ' ', '\n', '-') })
    fc.assert(
      fc.property(fc.array(field, { minLength: 2, maxLength: 4 }), fields => {
        const written = fields.map(item => (/[",\n]|^ /.test(item) ? `"${item.replaceAll('"', '""')}"` : item)).join(',')
        expect(firstCsvRecord(`${written}\n`)).toEqual(fields)
      }),
    )
  })
})
