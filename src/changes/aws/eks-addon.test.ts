import { expect, test } from 'vitest'
import type { Kinds } from '#model/kinds.ts'
import { json, jsonError, stubAws, stubEnvironment, unknownCall } from '../../../tests/sources/stub-aws.ts'
import type { AwsAccess } from './aws-access.ts'
import { addonWriter } from './eks-addon.ts'

stubEnvironment()

const access: AwsAccess = {
  account: '111122223333',
  partition: 'aws',
  region: 'eu-west-1',
  clientOptions: { region: 'eu-west-1', credentials: { accessKeyId: 'AKIDOWN', secretAccessKey: 'secret' } },
}
const arn = 'arn:aws:eks:eu-west-1:111122223333:addon/prod/vpc-cni'
const scope = { account: '111122223333', region: 'eu-west-1', clusterName: 'prod' }
const target = { kind: 'aws/eks/Addon', id: `${arn}/0a1b`, scope } as const
const addon = { addonName: 'vpc-cni', clusterName: 'prod', addonArn: `${arn}/0a1b`, addonVersion: 'v1.20.1-eksbuild.1', status: 'ACTIVE' }
const body = addon as unknown as Kinds['aws/eks/Addon']

test('an add-on is read by its name; one that is only planned keeps the ARN that it is planned by', async () => {
  await stubAws(({ name }) =>
    name === 'eks:GET /clusters/prod/addons/vpc-cni' ? json({ addon }) : jsonError('ResourceNotFoundException', 'no', 404),
  )
  const writer = addonWriter(access)
  expect((await writer.read(target))?.body).toMatchObject({ addonArn: `${arn}/0a1b`, status: 'ACTIVE' })
  expect((await writer.read({ ...target, id: arn }))?.body).toMatchObject({ addonArn: arn })
  expect(await writer.read({ ...target, id: arn.replace('vpc-cni', 'coredns') })).toBeUndefined()
})

test('a change of its settings keeps its role, and what others set in its objects; taken back, no setting is left', async () => {
  const calls = await stubAws(({ name }) => (name.endsWith('/update') ? json({ update: { id: 'u' } }) : unknownCall))
  const before = { ...body, serviceAccountRoleArn: 'arn:aws:iam::111122223333:role/cni' }
  const after = { ...before, configurationValues: '{"env":{"ENABLE_POD_ENI":"true"}}' }
  const writer = addonWriter(access)
  await writer.update(target, { body: before }, after)
  await writer.update(target, { body: after }, before)
  expect(calls.map(({ name, input }) => ({ name, input }))).toMatchObject([
    {
      name: 'eks:POST /clusters/prod/addons/vpc-cni/update',
      input: {
        configurationValues: '{"env":{"ENABLE_POD_ENI":"true"}}',
        serviceAccountRoleArn: 'arn:aws:iam::111122223333:role/cni',
        resolveConflicts: 'PRESERVE',
      },
    },
    { input: { configurationValues: '{}' } },
  ])
  expect(calls[0]?.input).not.toHaveProperty('addonVersion')
})

test('an add-on that is made is tagged as ours, and what others did not ask for is not sent', async () => {
  const calls = await stubAws(({ name }) => (name === 'eks:POST /clusters/prod/addons' ? json({ addon }) : unknownCall))
  await addonWriter(access).create({ ...target, id: arn }, { ...body, configurationValues: '' })
  const { addonName, addonVersion, tags } = calls[0]?.input ?? {}
  expect({ addonName, addonVersion, tags }).toEqual({
    addonName: 'vpc-cni',
    addonVersion: 'v1.20.1-eksbuild.1',
    tags: { 'managed-by': 'mortise' },
  })
  expect(calls[0]?.input).not.toHaveProperty('configurationValues')
})

test('one that exists already is a conflict, and a refusal is told with its code', async () => {
  await stubAws(({ name }) =>
    name.startsWith('eks:POST') ? jsonError('ResourceInUseException', 'exists', 409) : jsonError('AccessDeniedException', 'no', 403),
  )
  const writer = addonWriter(access)
  await expect(writer.create(target, body)).rejects.toMatchObject({ code: 'CHANGE_CONFLICT' })
  await expect(writer.read(target)).rejects.toMatchObject({ name: 'RemoteError', code: 'AccessDeniedException', status: 403 })
})

test('it is ready once it is active; one that failed is told with what EKS says of it', () => {
  const { isReady } = addonWriter(access)
  const live = (status: string, health = {}) => ({ body: { ...body, status, health } as unknown as Kinds['aws/eks/Addon'] })
  expect(['ACTIVE', 'CREATING', 'UPDATING', 'DEGRADED'].map(status => isReady?.(live(status)))).toEqual([true, false, false, false])
  const issues = [{ code: 'ConfigurationConflict', message: 'env is of kubectl' }]
  expect(() => isReady?.(live('UPDATE_FAILED', { issues }))).toThrow('ConfigurationConflict: env is of kubectl')
})
