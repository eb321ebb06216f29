import { defineCheck } from '#joints/define.ts'
import { serviceAccountKey, workloadKinds, workloadsByServiceAccount } from '#joints/workloads.ts'
import { targetOf } from '#model/change.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { accountText, instantOf, type Association } from '../association.ts'

const day = 86_400_000

export default defineCheck({
  id: 'pod-identity/association-orphaned',
  title: 'An association is for a service account that does not exist',
  severity: 'low',
  since: '0.1.0',
  subject: 'aws/eks/PodIdentityAssociation',
  reads: ['k8s/ServiceAccount', ...workloadKinds],
  sources: ['https://docs.aws.amazon.com/eks/latest/userguide/pod-id-association.html'],

  test({ subject: association, world }) {
    const { clusterName, namespace, serviceAccount: name, createdAt, ownerArn } = association.body
    if (name === 'default') return skip('every namespace has a service account named default')
    const serviceAccount = world.find('k8s/ServiceAccount', `${namespace}/${name}`, { cluster: clusterName })
    if (serviceAccount !== undefined) return pass(serviceAccount.at(['metadata', 'name'], 'the service account exists'))
    if (workloadsByServiceAccount(world).has(serviceAccountKey(clusterName, namespace, name)))
      return skip('a workload names it: pod-identity/service-account-missing speaks of that')
    const [made, now] = [instantOf(createdAt), instantOf(world.readAt)]
    if (made !== undefined && now !== undefined && now - made < day) return skip('the association is less than a day old')

    return fail({
      message: `the Pod Identity association of ${accountText(association.body)} in cluster ${clusterName} is for a service account that does not exist`,
      evidence: [association.at(['serviceAccount'], `no service account of this name in namespace ${namespace}`)],
      effect: 'Nobody uses it now. Whoever may create a service account of that name, or pods that name it, gets the role.',
      ...(ownerArn === undefined
        ? { fix: { title: 'delete the association', safe: false, changes: [deleting(association)] } }
        : { help: 'An add-on owns the association: take the service account out of the configuration of the add-on.' }),
    })
  },
})

const deleting = (association: Association) => ({
  target: targetOf(association),
  edit: { do: 'delete' as const, body: association.body },
  permissions: ['eks:DeletePodIdentityAssociation'],
  risk: 'A workload that is deployed later under that service account gets no AWS credentials.',
})
