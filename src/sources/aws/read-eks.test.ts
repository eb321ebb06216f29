import { expect, test } from 'vitest'
import { World } from '#model/world.ts'
import { json, jsonError, stubAws, stubEnvironment, unknownCall, type Answer } from '../../../tests/sources/stub-aws.ts'
import { readAws, type ReadAwsOptions } from './read.ts'

stubEnvironment()

async function read(options: Partial<ReadAwsOptions>) {
  const gathered = await readAws({ kinds: [], clusters: [{ name: 'prod' }], ...options })
  return { gathered, world: new World(gathered) }
}

const account = '111122223333'
const there = { account, region: 'eu-west-1', clusterName: 'prod' }
const arn = (rest: string) => `arn:aws:eks:eu-west-1:${account}:${rest}`
const refusal = json({ message: 'not allowed' }, 403, { 'x-amzn-errortype': 'AccessDeniedException' })
const cluster = (name: string, authenticationMode: string) =>
  json({ cluster: { name, arn: arn(`cluster/${name}`), accessConfig: { authenticationMode } } })
const policy = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: '*' }] }

test('associations are listed in pages and each described, policies decoded; one that may not be described is known to exist', async () => {
  const kind = 'aws/eks/PodIdentityAssociation'
  const summary = (id: string) => ({
    clusterName: 'prod',
    namespace: 'payments',
    serviceAccount: id,
    associationId: id,
    associationArn: arn(`podidentityassociation/prod/${id}`),
  })
  const more = {
    roleArn: 'arn:aws:iam::111122223333:role/r',
    targetRoleArn: 'arn:aws:iam::999999999999:role/t',
    externalId: 'e',
    disableSessionTags: true,
  }
  const calls = await stubAws(({ name }) => {
    if (name === 'eks:GET /clusters/prod') return cluster('prod', 'API')
    if (name === 'eks:GET /clusters/prod/pod-identity-associations') return json({ associations: [summary('a')], nextToken: 't' })
    if (name === 'eks:GET /clusters/prod/pod-identity-associations?nextToken=t') return json({ associations: [summary('b'), summary('c')] })
    if (name.endsWith('/a'))
      return json({ association: { ...summary('a'), ...more, createdAt: 1767323045, policy: JSON.stringify(policy) } })
    return name.endsWith('/b') ? refusal : jsonError('ResourceNotFoundException', 'gone', 404)
  })
  const { world, gathered } = await read({ kinds: [kind] })
  expect(calls).toHaveLength(7)
  const [found] = world.seen(kind)
  expect(found?.body).toEqual({ ...summary('a'), ...more, createdAt: '2026-01-02T03:04:05.000Z', policy })
  expect(found?.scope).toEqual(there)
  expect(found?.origin.locate(['roleArn'], 'value')).toMatchObject({ call: 'eks:DescribePodIdentityAssociation prod a' })
  expect(world.find(kind, arn('podidentityassociation/prod/b'))?.body.roleArn).toBeUndefined()
  expect(world.find(kind, arn('podidentityassociation/prod/c'))).toBeUndefined()
  expect(() => world.where(kind, 'serviceAccount', 'prod\npayments/a', there)).toThrow(
    'access denied to eks:DescribePodIdentityAssociation',
  )
  expect(gathered.read).toEqual([{ kind, scope: there }])
  expect(gathered.resources.some(resource => resource.kind === 'aws/eks/Cluster')).toBe(false)
})

test('access entries carry their policies; a cluster that has none by its mode is not asked', async () => {
  const principal = `arn:aws:iam::${account}:role/team/admin`
  const entry = {
    clusterName: 'prod',
    principalArn: principal,
    accessEntryArn: arn(`access-entry/prod/role/${account}/admin/1`),
    kubernetesGroups: [],
    type: 'STANDARD',
  }
  const associatedAccessPolicies = [
    { policyArn: 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSAdminPolicy', accessScope: { type: 'cluster', namespaces: [] } },
  ]
  const path = `/clusters/prod/access-entries/${encodeURIComponent(principal)}`
  const calls = await stubAws(({ name }): Answer => {
    if (name === 'eks:GET /clusters/prod') return cluster('prod', 'API_AND_CONFIG_MAP')
    if (name === 'eks:GET /clusters/old') return cluster('old', 'CONFIG_MAP')
    if (name === 'eks:GET /clusters/prod/access-entries') return json({ accessEntries: [principal] })
    if (name === `eks:GET ${path}`) return json({ accessEntry: entry })
    return name === `eks:GET ${path}/access-policies`
      ? json({ clusterName: 'prod', principalArn: principal, associatedAccessPolicies })
      : unknownCall
  })
  const kind = 'aws/eks/AccessEntry'
  const { world } = await read({ kinds: [kind], clusters: [{ name: 'prod' }, { name: 'old' }] })
  expect(calls.filter(({ name }) => name.includes('/old/'))).toEqual([])
  expect(world.where(kind, 'principal', principal, there).map(({ body }) => body)).toEqual([{ ...entry, associatedAccessPolicies }])
  expect(world.list(kind, { ...there, clusterName: 'old' })).toEqual([])
  expect(() => world.list(kind, { ...there, clusterName: 'other' })).toThrow('was not read')
  expect(() => world.list(kind, { account, region: 'eu-west-1' })).toThrow('was not read')
})

test('what an entry may do is unread when its policies are refused; a refused list leaves the cluster unread', async () => {
  const principal = `arn:aws:iam::${account}:role/admin`
  const entry = { clusterName: 'prod', principalArn: principal, accessEntryArn: arn('access-entry/prod/role/x/admin/1') }
  await stubAws(({ name }) => {
    if (name === 'eks:GET /clusters/prod') return refusal
    if (name === 'eks:GET /clusters/prod/access-entries') return json({ accessEntries: [principal] })
    return name.endsWith('/access-policies') || name.endsWith('/addons') ? refusal : json({ accessEntry: entry })
  })
  const { world, gathered } = await read({ kinds: ['aws/eks/AccessEntry', 'aws/eks/Addon'] })
  expect(world.find('aws/eks/AccessEntry', entry.accessEntryArn)?.body).toEqual(entry)
  expect(() => world.list('aws/eks/Addon', there)).toThrow('access denied to eks:ListAddons')
  expect(gathered.unread.map(({ kind, settle }) => [kind, settle])).toEqual([
    ['aws/eks/AccessEntry', { by: 'iam', action: 'eks:ListAssociatedAccessPolicies', resource: entry.accessEntryArn }],
    ['aws/eks/Addon', { by: 'iam', action: 'eks:ListAddons' }],
  ])
})

test('without names the parts of every cluster are read, and there are no others', async () => {
  const addon = {
    addonName: 'vpc-cni',
    clusterName: 'a',
    addonArn: arn('addon/a/vpc-cni/1'),
    status: 'ACTIVE',
    serviceAccountRoleArn: 'arn:aws:iam::111122223333:role/cni',
  }
  await stubAws(({ name }) => {
    if (name === 'eks:GET /clusters') return json({ clusters: ['a', 'b'] })
    if (name === 'eks:GET /clusters/a/addons') return json({ addons: ['vpc-cni'] })
    if (name === 'eks:GET /clusters/a/addons/vpc-cni') return json({ addon })
    if (name === 'eks:GET /clusters/b/addons') return json({ addons: [] })
    return cluster(name.at(-1) ?? '', 'API')
  })
  const kind = 'aws/eks/Addon'
  const { world } = await read({ kinds: [kind], clusters: [] })
  expect(world.list(kind, { account, region: 'eu-west-1' }).map(({ body }) => body)).toEqual([addon])
  expect(world.where(kind, 'name', 'a\nvpc-cni', { account, region: 'eu-west-1', clusterName: 'a' })).toHaveLength(1)
})

test('where clusters may not be listed, nothing is known of what they hold', async () => {
  await stubAws(() => refusal)
  const { world } = await read({ kinds: ['aws/eks/Addon'], clusters: [] })
  expect(() => world.list('aws/eks/Addon', there)).toThrow('access denied to eks:ListClusters')
})
