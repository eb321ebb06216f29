import { defineCheck } from '#joints/define.ts'
import { removing, targetOf } from '#model/change.ts'
import type { Resource } from '#model/resource.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { annotating } from '../annotate.ts'
import { nearAnnotation } from '../near-annotation.ts'
import { annotation, annotationPath, parseRoleArn, roleArnOf } from '../service-account.ts'

export default defineCheck({
  id: 'irsa/annotation-typo',
  title: 'The service account names its role under a key that nothing reads',
  severity: 'high',
  since: '0.1.0',
  subject: 'k8s/ServiceAccount',
  reads: [],
  sources: [
    'https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html',
    'https://github.com/aws/amazon-eks-pod-identity-webhook#readme',
  ],

  test({ subject: serviceAccount }) {
    if (roleArnOf(serviceAccount) !== undefined)
      return pass(serviceAccount.at(annotationPath(annotation.roleArn), 'the key is right', 'key'))
    const near = nearAnnotation(serviceAccount)
    if (near === undefined) return skip('the service account asks for no role')

    const resource = serviceAccount as unknown as Resource
    const removal = {
      target: targetOf(resource),
      edit: removing(resource, annotationPath(near.key)),
      permissions: ['patch serviceaccounts'],
      risk: '',
    }
    return fail({
      message: `service account ${serviceAccount.id} names a role under ${near.key}, which the webhook does not read`,
      evidence: [serviceAccount.at(annotationPath(near.key), near.how, 'key')],
      effect:
        'The webhook takes the service account for one without a role and injects nothing, so its pods get no AWS credentials, or those of their node.',
      ...(parseRoleArn(near.value) === undefined
        ? { help: `Annotate the service account with ${annotation.roleArn} and the full ARN of the role.` }
        : {
            fix: {
              title: `rename the annotation to ${annotation.roleArn}`,
              safe: false,
              changes: [removal, annotating(serviceAccount, near.value)],
            },
          }),
    })
  },
})
