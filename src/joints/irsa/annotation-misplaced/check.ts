import { defineCheck } from '#joints/define.ts'
import type { Workload } from '#joints/workloads.ts'
import type { Resource } from '#model/resource.ts'
import { fail, pass, skip, type Fix } from '#model/verdict.ts'
import { annotating } from '../annotate.ts'
import { misplacedAnnotation, type Misplaced } from '../misplaced-annotation.ts'
import { annotation, annotationPath, parseRoleArn, roleArnOf } from '../service-account.ts'
import { isDefault, serviceAccountOf } from '../workload-service-account.ts'

export default defineCheck({
  id: 'irsa/annotation-misplaced',
  title: 'The role is named on the wrong object, where the webhook does not look',
  severity: 'high',
  since: '0.1.0',
  subject: 'workload',
  reads: ['k8s/ServiceAccount', 'aws/eks/Cluster', 'aws/iam/Role'],
  sources: ['https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html'],

  test({ subject: workload, world }) {
    const serviceAccount = serviceAccountOf(world, workload)
    if (serviceAccount === undefined && !isDefault(workload)) return skip('the service account does not exist')
    if (serviceAccount !== undefined && roleArnOf(serviceAccount) !== undefined) {
      return pass(serviceAccount.at(annotationPath(annotation.roleArn), 'the role is named on the service account'))
    }
    const misplaced = misplacedAnnotation(world, workload, serviceAccount)
    if (misplaced === undefined) return skip('nothing about the workload names a role')

    const account = `${workload.namespace}/${workload.serviceAccountName}`
    const fix = annotateFix(workload, serviceAccount, misplaced)
    return fail({
      message: `${workload.name} runs as service account ${account}, which asks for no role; the role is named on ${misplaced.on}`,
      evidence: [
        misplaced.resource.at(misplaced.path, 'the webhook does not look here'),
        ...(serviceAccount === undefined
          ? []
          : [serviceAccount.at(['metadata', 'name'], 'it looks at the annotations of this service account only')]),
      ],
      effect: 'The webhook injects nothing, so the pods get no AWS credentials, or those of their node.',
      ...(fix === undefined
        ? { help: 'Make a service account for the workload, annotate it with the role, and name it in the pod template.' }
        : { fix }),
    })
  },
})

/** Not for `default`, which every pod of the namespace uses that names no other. */
function annotateFix(
  workload: Workload,
  serviceAccount: Resource<'k8s/ServiceAccount'> | undefined,
  { roleArn }: Misplaced,
): Fix | undefined {
  if (serviceAccount === undefined || isDefault(workload) || parseRoleArn(roleArn) === undefined) return undefined
  return {
    title: `annotate service account ${serviceAccount.id} with the role`,
    safe: false,
    changes: [annotating(serviceAccount, roleArn)],
  }
}
