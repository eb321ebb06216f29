import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { missingFix, namePath, namesakes, nearServiceAccount } from '../missing-service-account.ts'
import { isDefault, serviceAccountOf } from '../workload-service-account.ts'

export default defineCheck({
  id: 'irsa/service-account-missing',
  title: 'The workload names a service account that does not exist',
  severity: 'high',
  since: '0.1.0',
  subject: 'workload',
  reads: ['k8s/ServiceAccount'],
  sources: ['https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/'],

  test({ subject: workload, world }) {
    const serviceAccount = serviceAccountOf(world, workload)
    if (serviceAccount !== undefined) return pass(serviceAccount.at(['metadata', 'name'], 'the service account exists'))
    if (isDefault(workload)) return skip('every namespace has a service account named default')

    const near = nearServiceAccount(world, workload)
    return fail({
      message: `${workload.name} runs as service account ${workload.namespace}/${workload.serviceAccountName}, which does not exist`,
      evidence: [
        workload.template.resource.at(namePath(workload), 'no service account of this name in the namespace'),
        ...(near === undefined ? namesakes(world, workload) : [near.at(['metadata', 'name'], 'this one is near')]),
      ],
      effect: 'The API server refuses new pods ("service account not found"). Pods that run already lose their token when it expires.',
      fix: missingFix(workload, near),
    })
  },
})
