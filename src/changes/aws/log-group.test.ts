import { expect, test } from 'vitest'
import { json, stubAws, stubEnvironment, unknownCall, type Answer } from '../../../tests/sources/stub-aws.ts'
import { logGroupWriter } from './log-group.ts'

stubEnvironment()

const id = 'arn:aws:logs:eu-west-1:111122223333:log-group:/aws/eks/prod/cluster'
const target = { kind: 'aws/logs/LogGroup', id, scope: { account: '111122223333', region: 'eu-west-1' } } as const
const logGroupName = '/aws/eks/prod/cluster'
const body = { arn: `${id}:*`, logGroupArn: id, logGroupName }
const writer = () =>
  logGroupWriter({ account: '111122223333', partition: 'aws', region: 'eu-west-1', clientOptions: { region: 'eu-west-1' } })
const answering = (answers: Readonly<Record<string, Answer>> = {}) =>
  stubAws(({ name }) => answers[name] ?? (/^logs:(?:Create|Put|Delete|Associate|Disassociate)/.test(name) ? json({}) : unknownCall))
const said = (calls: Awaited<ReturnType<typeof stubAws>>) => calls.map(({ name, input }) => [name.slice('logs:'.length), input])

test('is made with its key and the mark of who made it, then gets its retention', async () => {
  const calls = await answering()
  await writer().create(target, { ...body, kmsKeyId: 'arn:k', retentionInDays: 90 })
  expect(said(calls)).toEqual([
    ['CreateLogGroup', { logGroupName, kmsKeyId: 'arn:k', tags: { 'managed-by': 'mortise' } }],
    ['PutRetentionPolicy', { logGroupName, retentionInDays: 90 }],
  ])
})

test('is changed and changed back, one call for each part that differs', async () => {
  const calls = await answering()
  await writer().update(target, { body: { ...body, retentionInDays: 7 } }, { ...body, retentionInDays: 7, kmsKeyId: 'arn:k' })
  await writer().update(target, { body: { ...body, retentionInDays: 7, kmsKeyId: 'arn:k' } }, body)
  expect(said(calls)).toEqual([
    ['AssociateKmsKey', { logGroupName, kmsKeyId: 'arn:k' }],
    ['DeleteRetentionPolicy', { logGroupName }],
    ['DisassociateKmsKey', { logGroupName }],
  ])
})

test('is found among those whose names go on, on a later page', async () => {
  await stubAws(({ input }) =>
    json(
      input['nextToken'] === undefined
        ? { logGroups: [{ logGroupName: `${logGroupName}-2`, arn: `${id}-2:*` }], nextToken: 't' }
        : { logGroups: [{ logGroupName, arn: `${id}:*`, retentionInDays: 7 }] },
    ),
  )
  expect(await writer().read(target)).toEqual({ body: { ...body, retentionInDays: 7 } })
})

test('is deleted while it is empty, and kept once something was written to it', async () => {
  const empty = await answering({ 'logs:DescribeLogStreams': json({ logStreams: [] }) })
  await writer().delete(target, { body })
  expect(said(empty).at(-1)).toEqual(['DeleteLogGroup', { logGroupName }])
  const full = await answering({ 'logs:DescribeLogStreams': json({ logStreams: [{ logStreamName: 'kube-apiserver-audit-1' }] }) })
  await expect(writer().delete(target, { body })).rejects.toMatchObject({ code: 'HOLDS_DATA' })
  expect(said(full).map(([name]) => name)).toEqual(['DescribeLogStreams'])
})
