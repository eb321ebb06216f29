import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { missingFix, namePath, namesakes, nearServiceAccount } from '../../irsa/missing-service-account.ts'
import { isDefault, serviceAccountOf } from '../../irsa/workload-service-account.ts'
import { workloadAssociation } from '../workload-association.ts'

export default defineCheck({
  id: 'pod-identity/service-account-missing',
  title: 'The workload names a service account that has an association and does not exist',
  severity: 'high',
  since: '0.1.0',
  subject: 'workload',
  reads: ['k8s/ServiceAccount', 'aws/eks/Cluster', 'aws/eks/PodIdentityAssociation'],
  sources: ['https://docs.aws.amazon.com/eks/latest/userguide/pod-id-association.html'],

  test({ subject: workload, world }) {
    const association = workloadAssociation(world, workload)
    if (association === undefined) return skip('the service account has no association')
    const serviceAccount = serviceAccountOf(world, workload)
    if (serviceAccount !== undefined) return pass(serviceAccount.at(['metadata', 'name'], 'the service account exists'))
    if (isDefault(workload)) return skip('every namespace has a service account named default')

    const near = nearServiceAccount(world, workload)
    return fail({
      message: `${workload.name} runs as service account ${workload.namespace}/${workload.serviceAccountName}, which has a Pod Identity association and does not exist`,
      evidence: [
        workload.template.resource.at(namePath(workload), 'no service account of this name in the namespace'),
        association.at(['serviceAccount'], 'EKS takes an association before there is a service account'),
        ...(near === undefined ? namesakes(world, workload) : [near.at(['metadata', 'name'], 'this one is near')]),
      ],
      effect: 'The API server refuses new pods ("service account not found"). Pods that run already lose their token when it expires.',
      // The association is for the name that is written, so that is the one to make.
      fix: missingFix(workload, undefined),
    })
  },
})
