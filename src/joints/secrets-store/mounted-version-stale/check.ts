import { defineCheck } from '#joints/define.ts'
import { settled } from '../settled.ts'
import { overClasses } from '../class-uses.ts'
import { skip } from '#model/verdict.ts'
import { storedKinds } from '../over-wanted.ts'
import { statusesOf } from '../pod-statuses.ts'
import { stalenessVerdict } from '../staleness.ts'

export default defineCheck({
  id: 'secrets-store/mounted-version-stale',
  title: 'Pods have a version of a secret mounted that is no longer current',
  severity: 'high',
  since: '0.1.0',
  subject: 'workload',
  reads: [...storedKinds, 'k8s/CSIDriver', 'k8s/SecretProviderClassPodStatus'],
  sources: [
    'https://secrets-store-csi-driver.sigs.k8s.io/topics/secret-auto-rotation',
    'https://github.com/kubernetes-sigs/secrets-store-csi-driver/blob/v1.6.0/pkg/secrets-store/nodeserver.go',
  ],

  test({ subject: workload, world }) {
    return overClasses(world, workload, taken => {
      const statuses = statusesOf(world, taken)
      if (statuses.length === 0) return skip('no pod has it mounted yet')
      return settled(statuses, status => stalenessVerdict(world, taken, status), 'no pod has it mounted yet')
    })
  },
})
