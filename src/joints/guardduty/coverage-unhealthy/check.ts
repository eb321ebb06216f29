import { causeText, recognise } from '#joints/define-symptoms.ts'
import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { coverageOf } from '../coverage.ts'
import { activeDetector, runtimeMonitoring } from '../detector.ts'
import symptoms from '../symptoms.ts'

export default defineCheck({
  id: 'guardduty/coverage-unhealthy',
  title: 'GuardDuty reports that it does not cover a cluster',
  severity: 'high',
  since: '0.1.0',
  subject: 'aws/eks/Cluster',
  reads: ['aws/guardduty/Coverage', 'aws/guardduty/Detector'],
  sources: ['https://docs.aws.amazon.com/guardduty/latest/ug/eks-runtime-monitoring-coverage.html'],

  test({ subject: cluster, world }) {
    const detector = activeDetector(world, cluster)
    if (detector === undefined) return skip('GuardDuty is off in the region: guardduty/detector-off says so')
    const feature = runtimeMonitoring(detector)
    if (feature === undefined) return skip('runtime monitoring is off: guardduty/runtime-monitoring-off says so')
    const coverage = coverageOf(world, cluster)
    const { CoverageStatus: status, Issue: issue = '' } = coverage.body
    if (status === 'HEALTHY')
      return pass(coverage.at(['CoverageStatus'], 'GuardDuty covers the cluster'), feature.at('runtime monitoring is on'))
    const found = recognise(symptoms, issue)
    if (found?.symptom.id === 'provisioning') return skip('GuardDuty is still installing the agent')
    const where = found === undefined ? undefined : ` It is about the link ${found.symptom.link}.`
    return fail({
      message: `GuardDuty reports cluster ${cluster.body.name} as ${status ?? 'of no status'}`,
      evidence: [
        coverage.at([issue === '' ? (status === undefined ? 'ResourceId' : 'CoverageStatus') : 'Issue'], 'this is what GuardDuty says'),
        cluster.at(['name'], 'the cluster'),
        feature.at('runtime monitoring is on'),
      ],
      effect: 'GuardDuty receives no runtime events of the cluster, or not of all its nodes, and makes no findings from them.',
      help:
        found === undefined
          ? 'See the agent’s pods and their events in namespace amazon-guardduty, and the page that this check cites for the issue.'
          : `${causeText(found)}${found.symptom.hidden === undefined ? '' : ` ${found.symptom.hidden}`}${where ?? ''}`,
    })
  },
})
