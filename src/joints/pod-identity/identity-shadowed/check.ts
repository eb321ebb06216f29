import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { shadowEvidence, shadowFix, shadowIn, shadowText } from '../shadow.ts'
import { workloadAssociation } from '../workload-association.ts'

export default defineCheck({
  id: 'pod-identity/identity-shadowed',
  title: 'A container uses another identity before the association of its service account',
  severity: 'medium',
  since: '0.1.0',
  subject: 'workload',
  reads: ['aws/eks/Cluster', 'aws/eks/PodIdentityAssociation'],
  sources: ['https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html'],

  test({ subject: workload, world }) {
    const association = workloadAssociation(world, workload)
    if (association === undefined) return skip('the service account has no association')
    const shadow = shadowIn(workload)
    if (shadow === undefined) return pass(association.at(['serviceAccount'], 'no container uses another identity first'))

    const { namespace, serviceAccount } = association.body
    const fix = shadowFix(workload, shadow)
    return fail({
      message: `container ${shadow.seat.container.name} of ${workload.name} uses ${shadowText(shadow)}, not the Pod Identity association of ${namespace}/${serviceAccount}`,
      evidence: [shadowEvidence(workload, shadow), association.at(['serviceAccount'], 'this association is never used there')],
      effect:
        'Calls to AWS are made with the permissions of that other identity, and nothing that is changed at the association or its role has an effect on them.',
      ...(fix === undefined
        ? { help: 'Take the variables out of the container and replace the pods; deactivate keys that nothing else uses.' }
        : { fix }),
    })
  },
})
