import { defineAdoption, nowhere } from '#joints/define-adoption.ts'
import { activeDetector, namedFeature, runtimeMonitoring } from './detector.ts'

/** What the detector of the cluster's region watches. */
export default defineAdoption({
  fills: 'detection',
  reads: ['aws/guardduty/Detector'],
  adopt(world, cluster) {
    const detector = activeDetector(world, cluster)
    if (detector === undefined) return undefined
    const audit = namedFeature(detector, 'EKS_AUDIT_LOGS')?.isOn === true
    const runtime = runtimeMonitoring(detector)?.isOn === true
    const guardduty = [...(audit ? (['audit-logs'] as const) : []), ...(runtime ? (['runtime'] as const) : [])]
    return guardduty.length === 0 ? undefined : { part: { detection: { guardduty, where: nowhere } }, remarks: [] }
  },
})
