import { expect, it } from 'vitest'
import { Unread } from '#base/errors.ts'
import { World } from '#model/world.ts'
import { readFiles } from '#sources/files/read-files.ts'
import { storeRefsOf } from './external-secrets.ts'
import { admits } from './secret-stores.ts'

const read = async (text: string) => new World(await readFiles([], { texts: [{ name: 'world.yaml', text }], cluster: 'prod' }))

/** Whether a store with these conditions lets namespace team-shop in, of which the labels were read. */
async function letsIn(conditions: string, labels = '{ tier: gold }'): Promise<boolean> {
  const world = await read(`
apiVersion: external-secrets.io/v1
kind: ClusterSecretStore
metadata: { name: aws }
spec:
  conditions: ${conditions}
  provider: { aws: { service: SecretsManager, region: eu-west-1 } }
---
apiVersion: v1
kind: Namespace
metadata: { name: team-shop, labels: ${labels} }
`)
  const [store] = world.seen('k8s/ClusterSecretStore')
  if (store === undefined) throw new Error('there is no store')
  return admits(world, store, 'team-shop')
}

it.each([
  ['[]', true],
  ['[{ namespaces: [team] }]', false],
  ['[{ namespaces: [team] }, { namespaces: [team-shop] }]', true],
  ['[{ namespaceRegexes: ["^team-"] }]', true],
  ['[{ namespaceRegexes: ["shop"] }]', true],
  ['[{ namespaceRegexes: ["^shop", "^(?:x)"] }, { namespaces: [team-shop] }]', true],
  ['[{ namespaceRegexes: ["^(team|web)-[a-z]+$"] }]', true],
  ['[{ namespaceRegexes: ["^team$"] }]', false],
  ['[{ namespaceSelector: { matchLabels: { tier: gold } } }]', true],
  ['[{ namespaceSelector: { matchLabels: { tier: silver } } }]', false],
  ['[{ namespaceSelector: { matchExpressions: [{ key: tier, operator: In, values: [gold] }] } }]', true],
  ['[{ namespaceSelector: {} }]', true],
  ['[{ namespaceSelector: { matchLabels: { kubernetes.io/metadata.name: team-shop } } }]', true],
  ['[{ namespaceSelector: { matchLabels: { kubernetes.io/metadata.name: web } } }]', false],
])('%s lets team-shop in: %s', async (conditions, expected) => {
  expect(await letsIn(conditions)).toBe(expected)
})

it.each(['(?i)^TEAM', '^(a+)+$', '(team-)*x', '[[:alpha:]]+', '(', '.*.*.*.*.*x', '\\\\pL+'])(
  'whether %s matches is not tried: Go reads it in another way, or it might take for ever',
  async text => {
    await expect(letsIn(`[{ namespaceRegexes: [${JSON.stringify(text)}] }]`)).rejects.toThrow(Unread)
  },
)

it('a store that every entry puts another in the place of is not read through', async () => {
  const refs = async (entries: string) => {
    const world = await read(`
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: { name: db, namespace: shop }
spec:
  secretStoreRef: { name: own }
  ${entries}
`)
    return world
      .seen('k8s/ExternalSecret')
      .flatMap(storeRefsOf)
      .map(({ store: { kind = 'SecretStore', name }, path }) => `${kind} ${name ?? ''} at ${path.join('.')}`)
  }
  const other = 'sourceRef: { storeRef: { name: other, kind: ClusterSecretStore } }'
  expect(await refs('data: [{ secretKey: a, remoteRef: { key: a } }]')).toEqual(['SecretStore own at spec.secretStoreRef'])
  expect(await refs(`data: [{ secretKey: a, remoteRef: { key: a }, ${other} }]`)).toEqual([
    'ClusterSecretStore other at spec.data.0.sourceRef.storeRef',
  ])
  expect(await refs(`data: [{ secretKey: a, remoteRef: { key: a }, ${other} }]\n  dataFrom: [{ find: { path: a } }]`)).toHaveLength(2)
  expect(await refs('dataFrom: [{ sourceRef: { generatorRef: { kind: Password, name: p } } }]')).toEqual([])
})
