import { defineCheck } from '#joints/define.ts'
import { networkInputKinds } from '#joints/network-input.ts'
import { closedFlowVerdict } from '../closed-flow-verdict.ts'

export default defineCheck({
  id: 'security-groups-for-pods/flow-denied-by-group',
  title: 'A flow that is meant and that policies let pass is closed by a security group at one end',
  severity: 'high',
  since: '0.1.0',
  subject: 'workload',
  reads: networkInputKinds,
  sources: [
    'https://docs.aws.amazon.com/eks/latest/userguide/security-groups-for-pods.html',
    'https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html',
  ],

  test({ subject: workload, world }) {
    return closedFlowVerdict(world, workload, 'securityGroup', {
      message: ({ text, layers }, more) =>
        `${text} is meant and let pass by policies, and a security group at the ${layers[0]?.end ?? 'other'} does not let it${more}`,
      effect: () =>
        'Connections between pods of two nodes time out. In standard mode those on one node work, so it seems to fail by chance.',
      further: ({ policies: [policy] }) => [policy.at(['metadata', 'name'], `this policy gives ${workload.name} groups of its own`)],
      help: 'Let the port in, or out, by a rule that refers to the group of the other end.',
    })
  },
})
