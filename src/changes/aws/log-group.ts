import { UserError } from '#base/errors.ts'
import type { Target } from '#model/change.ts'
import type { Kinds } from '#model/kinds.ts'
import { ownerTag } from '#model/owner.ts'
import type { Live, Writer } from '../writer.ts'
import { call, found, type AwsAccess } from './aws-access.ts'
import { logsOf, type Logs } from './clients.ts'

type Group = Kinds['aws/logs/LogGroup']

/** Log groups with their retention and key, as logs:DescribeLogGroups gives them. */
export function logGroupWriter(access: AwsAccess): Writer<'aws/logs/LogGroup'> {
  const connected = logsOf(access)
  return {
    read: async target => read(await connected(), target),
    create: async (target, body) => create(await connected(), target, body),
    update: async (target, before, after) => update(await connected(), nameOf(target), before.body, after),
    delete: async target => remove(await connected(), nameOf(target)),
  }
}

/** `arn:aws:logs:REGION:ACCOUNT:log-group:NAME`. */
const nameOf = ({ id }: Target): string => id.slice(id.indexOf(':log-group:') + ':log-group:'.length)

async function read({ logs, commands }: Logs, target: Target): Promise<Live<'aws/logs/LogGroup'> | undefined> {
  const logGroupName = nameOf(target)
  let nextToken: string | undefined
  do {
    const input = { logGroupNamePrefix: logGroupName, ...(nextToken === undefined ? {} : { nextToken }) }
    const page = await call('logs', 'DescribeLogGroups', () => logs.send(new commands.DescribeLogGroupsCommand(input)))
    const group = page.logGroups?.find(each => each.logGroupName === logGroupName)
    // Older endpoints tell only the ARN that goes on with `:*`.
    if (group !== undefined) return { body: { ...group, logGroupArn: target.id, arn: `${target.id}:*` } as unknown as Group }
    nextToken = page.nextToken
  } while (nextToken !== undefined)
  return undefined
}

async function create(client: Logs, target: Target, { kmsKeyId, retentionInDays }: Group): Promise<void> {
  const { logs, commands } = client
  const logGroupName = nameOf(target)
  const input = { logGroupName, tags: { [ownerTag.Key]: ownerTag.Value }, ...(kmsKeyId === undefined ? {} : { kmsKeyId }) }
  await call('logs', 'CreateLogGroup', () => logs.send(new commands.CreateLogGroupCommand(input)))
  await setRetention(client, logGroupName, retentionInDays)
}

async function setRetention({ logs, commands }: Logs, logGroupName: string, retentionInDays: number | undefined): Promise<void> {
  if (retentionInDays === undefined)
    await call('logs', 'DeleteRetentionPolicy', () => logs.send(new commands.DeleteRetentionPolicyCommand({ logGroupName })))
  else await call('logs', 'PutRetentionPolicy', () => logs.send(new commands.PutRetentionPolicyCommand({ logGroupName, retentionInDays })))
}

async function update(client: Logs, logGroupName: string, before: Group, after: Group): Promise<void> {
  const { logs, commands } = client
  if (before.retentionInDays !== after.retentionInDays) await setRetention(client, logGroupName, after.retentionInDays)
  const { kmsKeyId } = after
  if (before.kmsKeyId === kmsKeyId) return
  if (kmsKeyId === undefined)
    await call('logs', 'DisassociateKmsKey', () => logs.send(new commands.DisassociateKmsKeyCommand({ logGroupName })))
  else await call('logs', 'AssociateKmsKey', () => logs.send(new commands.AssociateKmsKeyCommand({ logGroupName, kmsKeyId })))
}

/** @throws UserError `HOLDS_DATA` for a group that something was written to: that is nobody's to lose by an undo */
async function remove({ logs, commands }: Logs, logGroupName: string): Promise<void> {
  const streams = await found('logs', 'DescribeLogStreams', () =>
    logs.send(new commands.DescribeLogStreamsCommand({ logGroupName, limit: 1 })),
  )
  if ((streams?.logStreams ?? []).length > 0)
    throw new UserError('HOLDS_DATA', `log group ${logGroupName} holds what was logged since it was made`, {
      help: 'keep it, or export what it holds and delete it; then undo again',
    })
  await found('logs', 'DeleteLogGroup', () => logs.send(new commands.DeleteLogGroupCommand({ logGroupName })))
}
