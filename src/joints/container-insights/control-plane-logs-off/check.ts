import { defineCheck } from '#joints/define.ts'
import { fail, pass } from '#model/verdict.ts'
import { enabledTypes, loggingChange } from '../control-plane.ts'

/** What an incident cannot be reconstructed without: who called, as whom, and what the API server had to say. */
const wanted = ['api', 'audit', 'authenticator']

export default defineCheck({
  id: 'container-insights/control-plane-logs-off',
  title: 'The control plane of a cluster does not keep its audit, authenticator or API server log',
  severity: 'high',
  severities: ['medium'],
  since: '0.1.0',
  // Of a chain that begins at the cluster, and of no other: a shipper does not break when the control plane keeps no logs.
  subject: ['aws/eks/Cluster'],
  reads: [],
  sources: [
    'https://docs.aws.amazon.com/eks/latest/userguide/control-plane-logs.html',
    'https://docs.aws.amazon.com/eks/latest/best-practices/auditing-and-logging.html',
  ],

  test({ subject: cluster }) {
    const enabled = enabledTypes(cluster)
    const off = wanted.filter(type => !enabled.has(type))
    if (off.length === 0) return pass(cluster.at(['logging', 'clusterLogging'], 'audit, authenticator and API server log are kept'))
    const { name } = cluster.body
    return fail({
      message: `cluster ${name} does not keep its ${off.join(', ')} log${off.length === 1 ? '' : 's'}`,
      evidence: [cluster.at(['logging', 'clusterLogging'], `${off.join(', ')}: not enabled`)],
      effect: off.includes('audit')
        ? 'Who did what in the cluster is recorded nowhere, and cannot be found out afterwards.'
        : 'A part of what happened at the API server cannot be found out afterwards.',
      ...(off.includes('audit') ? {} : { severity: 'medium' as const }),
      fix: {
        title: `keep the ${off.join(', ')} logs of cluster ${name}`,
        safe: false,
        changes: [loggingChange(cluster, wanted)],
      },
    })
  },
})
