import { addonProposals } from '#joints/addon-proposals.ts'
import { roleCaller } from '#joints/access-caller.ts'
import { givenRole } from '#joints/given-role.ts'
import { inTurn } from '#joints/in-turn.ts'
import type { Proposal } from '#joints/proposal.ts'
import { roleNameFor } from '#joints/role-name.ts'
import { policyName, roleProposals } from '#joints/role-proposals.ts'
import { Unread, UserError } from '#base/errors.ts'
import type { PolicyDocument } from '#iam/document.ts'
import type { Kind } from '#model/kinds.ts'
import { valueAt } from '#model/place.ts'
import type { Reader } from '#model/world.ts'
import { judgeNeed } from '../irsa/need.ts'
import { replacing } from '../irsa/replace-pods.ts'
import { associationProposal, podTrustFor } from '../pod-identity/given-role.ts'
import { autoModeDriver, type EbsDriver } from './drivers.ts'
import type { Home } from './home.ts'
import { keyFix } from './key-fix.ts'
import type { Key } from './keys.ts'
import { operatorKinds } from './kinds.ts'
import { controllerKeyPolicy } from './least-privilege.ts'
import { judgeKey } from './needs.ts'
import { controllersIn, workloadOf, type Role } from './operator.ts'

export const driverKinds = [...operatorKinds, 'aws/eks/Addon'] as const satisfies readonly Kind[]
type DriverReader = Reader<(typeof driverKinds)[number]>

/** https://docs.aws.amazon.com/eks/latest/userguide/ebs-csi.html */
const addonName = 'aws-ebs-csi-driver'
/** Of the add-on's controller. */
const ownAccount = { namespace: 'kube-system', serviceAccount: 'ebs-csi-controller-sa' }
const joint = 'ebs-encryption'

/** The driver that makes the volumes: that of Auto Mode where it does and no other is installed. @throws Unread when the Deployments were not read */
export function driverFor(world: DriverReader, { cluster }: Home): EbsDriver {
  const isAuto = cluster.body.storageConfig?.blockStorage?.enabled === true
  return isAuto && controllersIn(world, cluster.body.name).length === 0 ? autoModeDriver : 'ebs.csi.aws.com'
}

/** Who asks EC2 and KMS for volumes, and where a blueprint asks for it. */
interface Controller {
  readonly home: Home
  readonly key: Key | undefined
  readonly where: string
}

/**
 * What is missing for the driver to make volumes with the key: itself, a role that its controller has, and leave to use the key. Auto Mode works with the
 * role of the cluster.
 * @throws Unread when something was not read, UserError `NOT_OURS` when something else stands in the way
 */
export function driverProposals(world: DriverReader, { home, key, where }: Controller): readonly Proposal[] {
  const { cluster } = home
  if (driverFor(world, home) === autoModeDriver) {
    const { roleArn } = cluster.body
    if (roleArn === undefined) throw new Unread({ kind: cluster.kind, id: cluster.id, reason: 'the cluster was read without its role' })
    return keyProposals(world, roleArn, home, key)
  }
  const [controller] = controllersIn(world, cluster.body.name)
  const workload = controller === undefined ? undefined : workloadOf(world, controller.deployment)
  const account = workload === undefined ? ownAccount : { namespace: workload.namespace, serviceAccount: workload.serviceAccountName }
  const given = givenRole(world, cluster.body.name, account)
  const roleArn = given ?? roleNameFor(cluster.id, account).roleArn
  const restart = workload === undefined ? undefined : replacing(workload, workload.seenPods)
  return inTurn<(typeof driverKinds)[number]>(
    world,
    now => ownRole(now, roleArn, podTrustFor(cluster.id, account), home, key),
    now => keyProposals(now, roleArn, home, key),
    () => (given === undefined ? [associationProposal(cluster, { ...account, where }, roleArn)] : []),
    now => (controller === undefined ? addonProposals(now, cluster, addon) : []),
    () =>
      given === undefined && restart !== undefined
        ? [{ change: restart, title: `replace the pods of ${workload?.name ?? ''}`, makes: `${joint}: controller` }]
        : [],
  )
}

const addon = {
  name: addonName,
  makes: `${joint}: controller`,
  risk: 'A DaemonSet runs on every node, and a Deployment makes, attaches and deletes volumes.',
}

/** A role that exists gets the managed policy only where it may not make volumes yet. */
function ownRole(world: DriverReader, roleArn: string, trust: PolicyDocument, home: Home, key: Key | undefined): readonly Proposal[] {
  const { partition, region } = home
  const role = world.find('aws/iam/Role', roleArn)
  const managed =
    role === undefined || !mayMakeVolumes(world, role, home) ? [`arn:${partition}:iam::aws:policy/AmazonEBSCSIDriverPolicyV2`] : []
  const policy = role === undefined && key !== undefined ? controllerKeyPolicy({ partition, region, keys: [key.id] }) : noPolicy
  return roleProposals(world, { arn: roleArn, trust, policy, managed, joint, verb: '', risk })
}

const noPolicy: PolicyDocument = { Version: '2012-10-17', Statement: [] }
const risk = 'Whoever has the role may make, attach and delete volumes that the driver tagged, and use the key through EC2.'

function mayMakeVolumes(world: DriverReader, role: Role, { partition, region, account, cluster }: Home): boolean {
  const context = {
    'aws:RequestTag/ebs.csi.aws.com/cluster': 'true',
    'aws:RequestTag/ebs.csi.aws.com/cluster-name': cluster.body.name,
    'ec2:Encrypted': 'true',
    'ec2:VolumeType': 'gp3',
  }
  const resource = `arn:${partition}:ec2:${region}:${account}:volume/*`
  return judgeNeed(world, roleCaller(world, role), { action: 'ec2:CreateVolume', resource, by: 'controller', context }).is !== 'denied'
}

/** What the role, and then the policy of the key, lack. What an organization might forbid is for a scan to tell. */
function keyProposals(world: DriverReader, roleArn: string, home: Home, key: Key | undefined): readonly Proposal[] {
  const role = world.find('aws/iam/Role', roleArn)
  if (role === undefined)
    throw new UserError('NOT_OURS', `role ${roleArn} of the EBS CSI controller does not exist`, {
      help: 'Make it, or take it from its service account.',
    })
  if (key === undefined) return []
  const { partition, region } = home
  const keys = [...new Set([...ownKeys(role), key.id])]
  return inTurn<(typeof driverKinds)[number]>(
    world,
    now =>
      deniedUses(now, role, home, key).some(({ cause }) => cause === 'role')
        ? roleProposals(now, {
            arn: roleArn,
            trust: noPolicy,
            policy: controllerKeyPolicy({ partition, region, keys }),
            joint,
            verb: `use key ${key.body.KeyId} through EC2`,
            risk,
          })
        : [],
    now => letIn(now, roleArn, home, key),
  )
}

/** Keys that Mortise named before: volumes are attached with them still. */
function ownKeys({ body: { RolePolicyList = [] } }: Role): readonly string[] {
  const document = RolePolicyList.find(({ PolicyName }) => PolicyName === policyName)?.PolicyDocument
  const [first] = [valueAt(document, ['Statement']) ?? []].flat()
  return [valueAt(first, ['Resource']) ?? []].flat().filter(each => typeof each === 'string')
}

function deniedUses(world: DriverReader, role: Role, home: Home, key: Key) {
  const judged = judgeKey(world, { caller: roleCaller(world, role) }, home, key.id, 'class')
  const unread = judged.flatMap(({ is, answer }) => (is === 'unknown' ? answer.unread : [])).find(({ kind }) => kind === 'aws/kms/Key')
  if (unread !== undefined) throw new Unread(unread)
  return judged.filter(({ is }) => is === 'denied')
}

function letIn(world: DriverReader, roleArn: string, home: Home, key: Key): readonly Proposal[] {
  const role = world.find('aws/iam/Role', roleArn)
  const denied = role === undefined ? [] : deniedUses(world, role, home, key)
  const first = denied.find(({ answer }) => answer.decision.answer === 'explicitDeny') ?? denied[0]
  if (role === undefined || first === undefined) return []
  const fix = keyFix(role, key, home, denied)
  if (fix === undefined)
    throw new UserError(
      'NOT_OURS',
      `role ${role.body.RoleName} may not ${first.need.action} with key ${key.body.KeyId}: ${first.answer.decision.reason}`,
      {
        help: 'Let whoever administers the key change what denies it, then plan again.',
      },
    )
  return fix.changes.map(change => ({ change, title: fix.title, makes: `${joint}: key` }))
}
