import { assertAllNodes, nodeInstanceKinds } from '#joints/node-instance.ts'
import { defineCheck } from '#joints/define.ts'
import { workloadKinds } from '#joints/workloads.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { accountOf, nodesWith } from '../node-instances.ts'
import { usersOf } from '../node-role-users.ts'

export default defineCheck({
  id: 'node-credentials/node-role-used-by-pods',
  title: 'Pods have no other credentials than those of their node',
  severity: 'info',
  since: '0.1.0',
  subject: 'aws/iam/Role',
  reads: [...nodeInstanceKinds, ...workloadKinds],
  sources: [
    'https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html',
    'https://docs.aws.amazon.com/eks/latest/best-practices/identity-and-access-management.html',
  ],

  test({ subject: role, world }) {
    const nodes = nodesWith(world, role)
    const [node] = nodes
    const users = usersOf(world, nodes)
    const [first, ...others] = users
    if (node === undefined) return skip('no node that was read has this role')
    if (first === undefined) {
      assertAllNodes(world, accountOf(role))
      for (const kind of ['k8s/Node', 'k8s/Pod'] as const) world.list(kind)
      return pass(node.at(['IamInstanceProfile', 'Arn'], 'every pod on its nodes has credentials of its own, or is not answered'))
    }
    const calling = users.filter(({ callsAws }) => callsAws).length
    const name = `${first.workload.name} in ${first.workload.namespace}`
    return fail({
      message: `${name}${others.length === 0 ? '' : ` and ${others.length} more workloads`} on nodes of role ${role.body.RoleName} would use its credentials; ${calling === 0 ? 'none of them names' : `${calling} of ${users.length} name${calling === 1 ? 's' : ''}`} AWS`,
      evidence: [
        ...([first, ...others]
          .slice(0, 5)
          .map(({ workload, pod }) => pod.at(['spec', 'nodeName'], `${workload.name} runs here without credentials of its own`)) as [
          ReturnType<typeof node.at>,
        ]),
        node.at(['IamInstanceProfile', 'Arn'], 'the node gives it this'),
      ],
      effect: 'When the metadata service is closed to pods, or the role is narrowed, those of them that call AWS stop working.',
      help: 'Give each workload that calls AWS a role of its own by Pod Identity or IRSA; then set the hop limit to 1.',
    })
  },
})
