import { keyPolicyProposals } from '#joints/key-policy-proposals.ts'
import type { Proposal } from '#joints/proposal.ts'
import type { BlueprintLogs } from '#model/blueprint.ts'
import { setting, targetOf, type Change } from '#model/change.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import type { Home } from './destinations.ts'
import { clusterLogKeyStatement } from './least-privilege.ts'
import { keyActions, logsRequest, type Group, type Key } from './log-group-key.ts'

const joint = 'container-insights'

export const groupArn = ({ partition, region, account }: Home, name: string): string =>
  `arn:${partition}:logs:${region}:${account}:log-group:${name}`

/** What the policy of the key lacks for CloudWatch Logs to encrypt these groups, and no others. @throws as `keyPolicyProposals` */
export function logKeyProposals(key: Key, home: Home, names: readonly string[]): readonly Proposal[] {
  const requests = names.flatMap(name => keyActions.map(action => logsRequest(key.id, groupArn(home, name), action)))
  const { partition, region, account, name: cluster } = home
  const statement = clusterLogKeyStatement({ partition, region, account, cluster })
  return keyPolicyProposals(key, { requests, statements: [statement], user: 'CloudWatch Logs', makes: `${joint}: key` })
}

/**
 * What is missing for a group to be there with the retention and the key that are declared. A group without either is left to whoever writes first.
 * @throws Unread when the groups were not read
 */
export function groupProposals(
  world: Reader<'aws/logs/LogGroup'>,
  home: Home,
  name: string,
  { retentionDays, key }: { readonly retentionDays: BlueprintLogs['retentionDays']; readonly key: Resource<'aws/kms/Key'> | undefined },
): readonly Proposal[] {
  if (retentionDays === undefined && key === undefined) return []
  const arn = groupArn(home, name)
  const group = world.find('aws/logs/LogGroup', arn)
  const wanted = {
    ...(retentionDays === undefined ? {} : { retentionInDays: retentionDays }),
    ...(key === undefined ? {} : { kmsKeyId: key.id }),
  }
  if (group === undefined) return [creation(home, name, wanted)]
  return [
    ...(retentionDays === undefined || group.body.retentionInDays === retentionDays ? [] : [retention(group, retentionDays)]),
    ...(key === undefined || group.body.kmsKeyId === key.id ? [] : [encryption(group, key)]),
  ]
}

const makes = `${joint}: log group`

function creation(home: Home, name: string, wanted: { readonly retentionInDays?: number; readonly kmsKeyId?: string }): Proposal {
  const arn = groupArn(home, name)
  const body = { arn: `${arn}:*`, logGroupArn: arn, logGroupName: name, ...wanted }
  const change: Change = {
    target: { kind: 'aws/logs/LogGroup', id: arn, scope: { account: home.account, region: home.region } },
    edit: { do: 'create', body },
    permissions: [
      'logs:CreateLogGroup',
      'logs:TagResource',
      ...(wanted.retentionInDays === undefined ? [] : ['logs:PutRetentionPolicy']),
      ...(wanted.kmsKeyId === undefined ? [] : ['logs:AssociateKmsKey']),
    ],
    risk: 'Undo deletes it only as long as nothing was written to it.',
  }
  return { change, title: `make log group ${name}`, makes }
}

/** Reading a group does not tell its tags, and so not who made it. */
const whose = 'The group may be somebody else’s. '

function retention(group: Group, days: number): Proposal {
  const before = group.body.retentionInDays
  const isLoss = before === undefined || before > days
  const change: Change = {
    target: targetOf(group),
    edit: setting(group, ['retentionInDays'], days),
    permissions: ['logs:PutRetentionPolicy'],
    risk: `${whose}${isLoss ? `Events that are older than ${days} days are deleted within days, and undoing this does not bring them back.` : 'Older events are kept longer, and paid for.'}`,
  }
  return { change, title: `keep the events of ${group.body.logGroupName} for ${days} days`, makes }
}

function encryption(group: Group, key: Key): Proposal {
  const change: Change = {
    target: targetOf(group),
    edit: setting(group, ['kmsKeyId'], key.id),
    permissions: ['logs:AssociateKmsKey', 'logs:DisassociateKmsKey', 'kms:DescribeKey'],
    risk: `${whose}Events from now on can be read only as long as the key can be used; older ones stay as they are.`,
  }
  return { change, title: `encrypt ${group.body.logGroupName} with key ${key.body.KeyId}`, makes }
}
