import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { carriesIdentity, injectionFault } from '../injection-fault.ts'
import { findFault } from '../judged-shapes.ts'
import { faultEffect, faultEvidence, faultFix, faultHelp, faultMessage } from '../partial-injection.ts'
import { annotation, annotationPath, audienceOf, roleArnOf } from '../service-account.ts'
import { serviceAccountOf } from '../workload-service-account.ts'

export default defineCheck({
  id: 'irsa/injection-partial',
  title: 'A container gets a part of the identity only, and that part does not work alone',
  severity: 'high',
  since: '0.1.0',
  subject: 'workload',
  reads: ['k8s/ServiceAccount'],
  sources: [
    'https://github.com/aws/amazon-eks-pod-identity-webhook/blob/master/pkg/handler/handler.go',
    'https://github.com/aws/amazon-eks-pod-identity-webhook/issues/82',
  ],

  test({ subject: workload, world }) {
    const serviceAccount = serviceAccountOf(world, workload)
    if (serviceAccount === undefined) return skip('the service account does not exist')
    const asks = roleArnOf(serviceAccount) !== undefined
    const audience = asks ? audienceOf(serviceAccount) : undefined
    const found = findFault(workload, serviceAccount, view =>
      carriesIdentity(view) ? injectionFault(workload, view, audience) : undefined,
    )
    if (found === undefined)
      return asks
        ? pass(serviceAccount.at(annotationPath(annotation.roleArn), 'injected whole'))
        : skip('the service account asks for no role')

    const fix = asks ? faultFix(workload, found) : undefined
    return fail({
      message: faultMessage(workload, found),
      evidence: [
        ...faultEvidence(found),
        serviceAccount.at(
          asks ? annotationPath(annotation.roleArn) : ['metadata', 'name'],
          asks ? 'the identity that is asked for' : 'the service account',
        ),
      ],
      effect: faultEffect(found.fault),
      ...(fix === undefined ? { help: faultHelp(found.fault, asks) } : { fix }),
    })
  },
})
