import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { currentPods, namedWith } from '../../irsa/judged-shapes.ts'
import { replacing } from '../../irsa/replace-pods.ts'
import { lackEvidence } from '../injection-repair.ts'
import { isTooOld, podLack } from '../injection.ts'
import { workloadAssociation } from '../workload-association.ts'

export default defineCheck({
  id: 'pod-identity/association-newer-than-pod',
  title: 'Pods are older than the association that they are to use',
  severity: 'medium',
  since: '0.1.0',
  subject: 'workload',
  reads: ['aws/eks/Cluster', 'aws/eks/PodIdentityAssociation'],
  sources: [
    'https://docs.aws.amazon.com/eks/latest/userguide/pod-identities.html',
    'https://docs.aws.amazon.com/eks/latest/userguide/pod-id-association.html',
  ],

  test({ subject: workload, world }) {
    const association = workloadAssociation(world, workload)
    if (association === undefined) return skip('the service account has no association')
    const pods = currentPods(workload)
    const old = pods.flatMap(pod => {
      const lack = isTooOld(pod, association) ? podLack(workload, pod) : undefined
      return lack === undefined ? [] : [{ pod, lack }]
    })
    const [first] = old
    if (first === undefined)
      return pass(
        association.at(
          ['serviceAccount'],
          pods.length === 0 ? 'no pod runs that could be older' : 'no pod was made before this association took effect',
        ),
      )

    const stale = old.map(({ pod }) => pod)
    const replacement = replacing(workload, stale)
    const { namespace, serviceAccount } = association.body
    return fail({
      message: `${namedWith(workload, { pods: stale, of: pods.length })} is older than the Pod Identity association of ${namespace}/${serviceAccount}, and has ${first.lack.text}`,
      evidence: [
        first.pod.at(['metadata', 'creationTimestamp'], 'the pod was made then'),
        association.at(['createdAt'], 'and the association then; it takes effect some seconds later'),
        lackEvidence(workload, first.pod, first.lack),
      ],
      effect: 'The webhook looks at a pod only when it is created. Until they are replaced these pods do not use the association.',
      ...(replacement === undefined
        ? { help: 'Delete the pod and create it again from its manifest.' }
        : { fix: { title: 'replace the pods, which gives them the identity of now', safe: false, changes: [replacement] } }),
    })
  },
})
