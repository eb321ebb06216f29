import { defineCheck } from '#joints/define.ts'
import { policyLayerKinds } from '#joints/policy-layer.ts'
import { sharedTablesVerdict } from '../shared-tables.ts'

export default defineCheck({
  id: 'network-policy/pods-share-policies-across-nodes',
  title: 'Pods of one name on other nodes may bring their policies along',
  severity: 'high',
  since: '0.1.0',
  subject: 'workload',
  reads: policyLayerKinds,
  sources: [
    'https://github.com/aws/aws-network-policy-agent/blob/main/pkg/utils/utils.go',
    'https://github.com/aws/aws-network-policy-agent/blob/main/controllers/policyendpoints_controller.go',
  ],

  test({ subject, world }) {
    return sharedTablesVerdict(world, subject, 'shared-identifier-across-nodes')
  },
})
