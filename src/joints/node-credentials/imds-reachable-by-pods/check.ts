import { nodeInstanceKinds } from '#joints/node-instance.ts'
import { defineCheck } from '#joints/define.ts'
import { policyLayerKinds } from '#joints/policy-layer.ts'
import { podsOfNodes } from '../closed-by-policy.ts'
import { metadataVerdict } from '../metadata-service.ts'

export default defineCheck({
  id: 'node-credentials/imds-reachable-by-pods',
  title: 'Pods reach the instance metadata service and with it the role of the node',
  severity: 'high',
  since: '0.1.0',
  subject: 'aws/iam/Role',
  reads: [...nodeInstanceKinds, ...policyLayerKinds],
  sources: [
    'https://docs.aws.amazon.com/eks/latest/best-practices/identity-and-access-management.html',
    'https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-options.html',
  ],

  test({ subject: role, world }) {
    return metadataVerdict(world, role, 'hops', {
      message: (nodes, name) => `the metadata service of ${nodes} answers pods, so pods get role ${name}`,
      label: 'the answer with the token goes on into the network of pods',
      option: 'HttpPutResponseHopLimit',
      after: 1,
      effect: 'Any pod on these nodes can fetch the credentials of the node, whatever its service account may do.',
      pods: nodes => podsOfNodes(world, nodes),
      title: 'let the token go no further than the node itself',
      risk: 'Pods without a role of their own that call AWS lose it: see node-credentials/node-role-used-by-pods first. New nodes come from the launch template or EC2NodeClass, which must be changed too.',
    })
  },
})
