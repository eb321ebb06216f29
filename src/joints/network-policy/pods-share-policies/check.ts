import { defineCheck } from '#joints/define.ts'
import { policyLayerKinds } from '#joints/policy-layer.ts'
import { sharedTablesVerdict } from '../shared-tables.ts'

export default defineCheck({
  id: 'network-policy/pods-share-policies',
  title: 'Pods whose names agree up to the last dash share their policies',
  severity: 'high',
  since: '0.1.0',
  subject: 'workload',
  reads: policyLayerKinds,
  sources: [
    'https://github.com/aws/aws-network-policy-agent/blob/main/pkg/utils/utils.go',
    'https://github.com/aws/aws-network-policy-agent/blob/main/controllers/policyendpoints_controller.go',
  ],

  test({ subject, world }) {
    return sharedTablesVerdict(world, subject, 'shared-identifier')
  },
})
