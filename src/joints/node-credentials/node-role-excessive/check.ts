import { nodeInstanceKinds } from '#joints/node-instance.ts'
import { powersOf, powersText } from '#joints/cluster-access/role-powers.ts'
import { roleMayKinds } from '#joints/cluster-access/role-may.ts'
import { defineCheck } from '#joints/define.ts'
import { Unread } from '#base/errors.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { countText, nodesWith } from '../node-instances.ts'

export default defineCheck({
  id: 'node-credentials/node-role-excessive',
  title: 'The role of nodes may do to everything in the account what no node needs',
  severity: 'medium',
  severities: ['high'],
  since: '0.1.0',
  subject: 'aws/iam/Role',
  reads: [...nodeInstanceKinds, ...roleMayKinds],
  sources: [
    'https://docs.aws.amazon.com/eks/latest/userguide/create-node-role.html',
    'https://docs.aws.amazon.com/eks/latest/best-practices/identity-and-access-management.html',
  ],

  test({ subject: role, world }) {
    const nodes = nodesWith(world, role)
    const [node] = nodes
    if (node === undefined) {
      return skip('no node that was read has this role')
    }
    const powers = powersOf(world, role)
    const [first, ...others] = powers.held
    const profile = node.at(['IamInstanceProfile', 'Arn'], 'this node has the role')
    if (first === undefined) {
      if (powers.unread !== undefined) throw new Unread(powers.unread)
      return pass(profile, role.at(['RoleName'], 'its policies give no such right on everything'))
    }
    const statements = [first, ...others].flatMap(({ at }) => at ?? [])
    const places = [...new Map(statements.map(at => [`${at.resource.id}/${at.path.join('/')}`, at])).values()]
    const isOwner = powers.held.some(({ power }) => power.action.startsWith('iam:'))
    return fail({
      message: `role ${role.body.RoleName} of ${countText(nodes)} may ${powersText(powers)}`,
      evidence: [places[0] ?? profile, ...places.slice(1, 3), ...(places[0] === undefined ? [] : [profile])],
      effect:
        'Whoever gets onto one of these nodes, or reaches its metadata service from a pod, may do it too: the role belongs to every pod there.',
      help: 'Leave the role AmazonEKSWorkerNodePolicy or AmazonEKSWorkerNodeMinimalPolicy and AmazonEC2ContainerRegistryPullOnly, and give the workloads that need more a role of their own.',
      ...(isOwner ? { severity: 'high' } : {}),
    })
  },
})
