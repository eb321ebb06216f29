import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { findFault } from '../judged-shapes.ts'
import { annotation, annotationPath, roleArnOf } from '../service-account.ts'
import { shadowEvidence, shadowFix, shadowHelp, shadowIn, shadowMessage } from '../shadowed-identity.ts'
import { serviceAccountOf } from '../workload-service-account.ts'

export default defineCheck({
  id: 'irsa/identity-shadowed',
  title: 'A container uses another identity before the role of its service account',
  severity: 'medium',
  since: '0.1.0',
  subject: 'workload',
  reads: ['k8s/ServiceAccount'],
  sources: ['https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html'],

  test({ subject: workload, world }) {
    const serviceAccount = serviceAccountOf(world, workload)
    if (serviceAccount === undefined) return skip('the service account does not exist')
    const asked = roleArnOf(serviceAccount)
    if (asked === undefined) return skip('the service account asks for no role')
    const found = findFault(workload, serviceAccount, view => shadowIn(workload, view, asked))
    const at = annotationPath(annotation.roleArn)
    if (found === undefined) return pass(serviceAccount.at(at, 'no container uses another identity first'))

    const fix = shadowFix(workload, found)
    return fail({
      message: shadowMessage(workload, found, serviceAccount.id),
      evidence: [shadowEvidence(found), serviceAccount.at(at, 'this role is never used there')],
      effect:
        'Calls to AWS are made with the permissions of that other identity, and nothing that is changed at the role has an effect on them.',
      ...(fix === undefined ? { help: shadowHelp(found) } : { fix }),
    })
  },
})
