import { defineCheck } from '#joints/define.ts'
import { fail, pass } from '#model/verdict.ts'
import { keyEvidence, writtenKeyOf } from '../written-keys.ts'

export default defineCheck({
  id: 'node-credentials/static-credentials-in-pods',
  title: 'A workload carries an AWS access key instead of a role',
  severity: 'critical',
  severities: ['medium'],
  since: '0.1.0',
  subject: 'workload',
  reads: [],
  sources: [
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#bp-workloads-use-roles',
    'https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html',
  ],

  test({ subject: workload }) {
    const key = writtenKeyOf(workload)
    const { resource, root } = workload.template
    if (key === undefined) return pass(resource.at([...root, 'spec', 'containers'], 'no container is given an access key by name', 'key'))
    const where = key.from === 'spec' ? 'written in its pod spec' : `from ${key.from.kind} ${key.from.name}`
    return fail({
      message: `container ${key.seat.container.name} of ${workload.name} in ${workload.namespace} has an AWS access key ${where}`,
      evidence: [keyEvidence(workload, key)],
      effect:
        key.from === 'spec'
          ? 'Whoever may read the workload, its manifest or its repository has the key, and it works from anywhere until somebody deactivates it.'
          : `Whoever may read ${key.from.kind} ${key.from.name} has the key, and it works from anywhere until somebody deactivates it.`,
      help: 'Give the service account a role by Pod Identity or IRSA, take the variables out, and deactivate the key in IAM: it counts as known to others.',
      ...(key.from === 'spec' ? {} : { severity: 'medium' }),
    })
  },
})
