import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { livePods, namedWith } from '../judged-shapes.ts'
import { replacing } from '../replace-pods.ts'
import { annotation, annotationPath, roleArnOf } from '../service-account.ts'
import { staleAgainst, staleInjection, staleLabel } from '../stale-injection.ts'
import { serviceAccountOf } from '../workload-service-account.ts'

export default defineCheck({
  id: 'irsa/pod-identity-stale',
  title: 'Pods still carry an identity that their service account no longer asks for',
  severity: 'medium',
  since: '0.1.0',
  subject: 'workload',
  reads: ['k8s/ServiceAccount'],
  sources: ['https://docs.aws.amazon.com/eks/latest/userguide/pod-configuration.html'],

  test({ subject: workload, world }) {
    const serviceAccount = serviceAccountOf(world, workload)
    if (serviceAccount === undefined) return skip('the service account does not exist')
    const pods = livePods(workload)
    const stale = pods.flatMap(pod => staleInjection(workload, serviceAccount, pod) ?? [])
    const [first] = stale
    if (first === undefined) {
      if (roleArnOf(serviceAccount) === undefined) return skip('the service account asks for no role')
      return pass(
        serviceAccount.at(
          annotationPath(annotation.roleArn),
          pods.length === 0 ? 'no pod runs that could be stale' : 'what the pods carry',
        ),
      )
    }

    const stalePods = stale.map(item => item.pod)
    const replacement = replacing(workload, stalePods)
    return fail({
      message: `${namedWith(workload, { pods: stalePods, of: pods.length })} ${staleLabel(first)}`,
      evidence: [first.pod.at(first.path, 'injected when the pod was made'), staleAgainst(workload, serviceAccount, first)],
      effect: 'The webhook looks at a pod only when it is created. Until they are replaced these pods keep the identity of that day.',
      ...(replacement === undefined
        ? { help: 'Delete the pod and create it again from its manifest.' }
        : { fix: { title: 'replace the pods, which gives them the identity of now', safe: false, changes: [replacement] } }),
    })
  },
})
