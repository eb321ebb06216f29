import { defineCheck } from '#joints/define.ts'
import { podShape } from '#joints/workloads.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { accountOf, currentPods, namedWith } from '../../irsa/judged-shapes.ts'
import { injectionEvidence } from '../injection-evidence.ts'
import { carriesPodIdentity } from '../injection.ts'
import { workloadAssociation } from '../workload-association.ts'

export default defineCheck({
  id: 'pod-identity/association-missing',
  title: 'Pods are made for Pod Identity, and their service account has no association',
  severity: 'high',
  since: '0.1.0',
  subject: 'workload',
  reads: ['aws/eks/Cluster', 'aws/eks/PodIdentityAssociation'],
  sources: ['https://docs.aws.amazon.com/eks/latest/userguide/pod-id-association.html'],

  test({ subject: workload, world }) {
    const association = workloadAssociation(world, workload)
    if (association !== undefined) return pass(association.at(['serviceAccount'], 'the association of the service account'))
    const written = carriesPodIdentity(workload.template.spec)
    const pods = written ? [] : currentPods(workload)
    const made = pods.filter(pod => carriesPodIdentity(podShape(pod).spec))
    const [first] = made
    if (first === undefined && !written) return skip('nothing about the workload uses Pod Identity')

    const account = `${workload.namespace}/${first === undefined ? workload.serviceAccountName : accountOf(first)}`
    return fail({
      message: `${namedWith(workload, { pods: made, of: pods.length })} asks the Pod Identity agent for credentials, and no association of cluster ${workload.cluster} is for service account ${account}`,
      evidence: [injectionEvidence(first === undefined ? workload.template : podShape(first), 'made for Pod Identity')],
      effect:
        'EKS answers the agent with ResourceNotFoundException, so calls to AWS fail. Credentials from before the association was deleted work until they expire, six hours at most.',
      help: `Associate a role with aws eks create-pod-identity-association, or replace the pods if service account ${account} is to have none.`,
    })
  },
})
