import { assertAllNodes, nodeInstanceKinds } from '#joints/node-instance.ts'
import { parseArn } from '#iam/arn.ts'
import { defineCheck } from '#joints/define.ts'
import { isNode, isRunning, type Instance } from '#joints/node-credentials/node-instances.ts'
import { perWorld } from '#joints/per-world.ts'
import type { Reader } from '#model/world.ts'
import {
  escalationKinds,
  escalationVerdict,
  may,
  mayAll,
  placesOf,
  within,
  type EscalationReader,
  type Role,
  type Search,
} from '../escalation.ts'
import { roleMay, type Asked } from '../role-may.ts'

type NodeReader = EscalationReader & Reader<'aws/ec2/Instance'>

/** What the agent on a node asks for first: without it Systems Manager does not know the node. https://docs.aws.amazon.com/systems-manager/latest/userguide/setup-instance-permissions.html */
const registering = 'ssm:UpdateInstanceInformation'

export default defineCheck({
  id: 'cluster-access/escalation-by-systems-manager',
  title: 'A role that pods get may run commands on nodes',
  severity: 'high',
  since: '0.1.0',
  subject: 'aws/iam/Role',
  reads: [...escalationKinds, ...nodeInstanceKinds],
  sources: [
    'https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssystemsmanager.html',
    'https://docs.aws.amazon.com/systems-manager/latest/userguide/setup-instance-permissions.html',
  ],

  test({ subject: role, world }) {
    const say = {
      way: 'may run commands through Systems Manager on',
      effect:
        'Whoever gets into one of its pods is root on those nodes: it has the role of the node there, and the tokens of every pod that runs on it.',
      help: 'Take ssm:SendCommand and ssm:StartSession away, or limit them by Resource and ssm:resourceTag to machines that are no nodes.',
    }
    return escalationVerdict(world, role, say, search => findNodes(world, search, role))
  },
})

/** Of each account by the instance profile. */
const nodesByProfile = perWorld((world: NodeReader): ReadonlyMap<string, ReadonlyMap<string, readonly Instance[]>> => {
  const nodes = world.seen('aws/ec2/Instance').filter(instance => isNode(instance) && isRunning(instance))
  const byAccount = Map.groupBy(nodes, ({ id }) => id.split(':')[4] ?? '')
  return new Map([...byAccount].map(([account, own]) => [account, Map.groupBy(own, ({ body }) => body.IamInstanceProfile?.Arn ?? '')]))
})

const roleByProfile = perWorld(
  (world: NodeReader): ReadonlyMap<string, Role> =>
    new Map(
      world
        .seen('aws/iam/Role')
        .toReversed()
        .flatMap(role => (role.body.InstanceProfileList ?? []).flatMap(({ Arn }) => (Arn === undefined ? [] : [[Arn, role] as const]))),
    ),
)

function findNodes(world: NodeReader, search: Search, role: Role): undefined {
  const account = role.id.split(':')[4] ?? ''
  const byProfile = nodesByProfile(world).get(account)
  if (byProfile === undefined && ['ssm:SendCommand', 'ssm:StartSession'].some(action => mayAnywhere(world, role, action)))
    within(search, () => assertAllNodes(world, account))
  for (const [profile, [node]] of byProfile ?? []) {
    if (node === undefined) continue
    const ways = waysOnto(node).find(calls => calls.every(call => roleMay(world, role, call).answer !== 'no'))
    if (ways === undefined) continue
    const nodeRole = roleByProfile(world).get(profile)
    if (nodeRole === undefined) {
      within(search, () => world.list('aws/iam/Role', { account }))
      continue
    }
    const known = may(world, search, nodeRole, { action: registering, resource: '*' })
    const answers = known === undefined ? undefined : mayAll(world, search, role, ways)
    if (known === undefined || answers === undefined) continue
    search.found.push({
      to: `node ${node.body.InstanceId}, which has role ${nodeRole.body.RoleName}`,
      evidence: [...placesOf(...answers), node.at(['InstanceId'], 'this node'), ...placesOf(known)],
    })
  }
}

/** Commands that come with AWS need the document as well; a session needs the node alone, where nobody asks for more. */
function waysOnto({ id }: Instance): readonly (readonly Asked[])[] {
  const { partition = 'aws', region = '' } = parseArn(id) ?? {}
  const document = `arn:${partition}:ssm:${region}::document/AWS-RunShellScript`
  return [
    [
      { action: 'ssm:SendCommand', resource: id },
      { action: 'ssm:SendCommand', resource: document },
    ],
    [{ action: 'ssm:StartSession', resource: id }],
  ]
}

const mayAnywhere = (world: NodeReader, role: Role, action: string): boolean =>
  roleMay(world, role, { action, resource: '*' }).answer !== 'no'
