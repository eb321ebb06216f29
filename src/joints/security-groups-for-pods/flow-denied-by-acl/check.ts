import { defineCheck } from '#joints/define.ts'
import { networkInputKinds } from '#joints/network-input.ts'
import { closedFlowVerdict } from '../closed-flow-verdict.ts'

export default defineCheck({
  id: 'security-groups-for-pods/flow-denied-by-acl',
  title: 'A network ACL closes a flow that is meant, or what answers it',
  severity: 'high',
  since: '0.1.0',
  subject: 'workload',
  reads: networkInputKinds,
  sources: [
    'https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html',
    'https://docs.aws.amazon.com/vpc/latest/userguide/custom-network-acl.html#nacl-ephemeral-ports',
  ],

  test({ subject: workload, world }) {
    return closedFlowVerdict(world, workload, 'nacl', {
      message: ({ text, layers }, more) => `${text} is meant, and ${layers[0]?.reason ?? 'a network ACL does not let it pass'}${more}`,
      effect: ({ layers }) =>
        layers[0]?.reason.includes('what answers') === true
          ? 'The connection is opened and its answers are dropped: an ACL keeps no state, and the client listens at any port from 1024 to 65535.'
          : 'Connections between the two subnets time out, whatever security groups and policies allow.',
      help: 'Let the port in and out, and what answers it at ports 1024 to 65535, by entries of the ACLs of both subnets that come before those that deny.',
    })
  },
})
