import { defineCheck } from '#joints/define.ts'
import type { Evidence, Resource } from '#model/resource.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { carriesIdentity } from '../injection-fault.ts'
import { currentPods, namedWith, podView } from '../judged-shapes.ts'
import { replacing } from '../replace-pods.ts'
import { annotation, annotationPath, roleArnOf } from '../service-account.ts'
import { serviceAccountOf } from '../workload-service-account.ts'

export default defineCheck({
  id: 'irsa/pod-not-mutated',
  title: 'Pods were admitted without the identity that their service account asks for',
  severity: 'high',
  since: '0.1.0',
  subject: 'workload',
  reads: ['k8s/ServiceAccount'],
  sources: [
    'https://docs.aws.amazon.com/eks/latest/userguide/pod-configuration.html',
    'https://github.com/aws/amazon-eks-pod-identity-webhook/issues/174',
  ],

  test({ subject: workload, world }) {
    const serviceAccount = serviceAccountOf(world, workload)
    if (serviceAccount === undefined) return skip('the service account does not exist')
    if (roleArnOf(serviceAccount) === undefined) return skip('the service account asks for no role')
    const asked = (label: string) => serviceAccount.at(annotationPath(annotation.roleArn), label)
    const pods = currentPods(workload)
    if (pods.length === 0) return pass(asked('no pod runs; the webhook will inject this role into new ones'))
    const bare = pods.filter(pod => !carriesIdentity(podView(pod)))
    const [first] = bare
    if (first === undefined) return pass(asked(pods.length === 1 ? 'injected into the one pod' : `injected into all ${pods.length} pods`))

    const replacement = replacing(workload, bare)
    return fail({
      message: `${namedWith(workload, { pods: bare, of: pods.length })} has no injected identity, though service account ${serviceAccount.id} asks for a role`,
      evidence: [
        first.at(['spec', 'containers', 0, 'name'], 'no AWS_ROLE_ARN and no token here'),
        asked('this was to be injected'),
        ...younger(serviceAccount, first),
      ],
      effect: 'The SDKs find no web identity, so calls to AWS fail, or are made as the role of the node.',
      ...(replacement === undefined
        ? { help: 'Delete the pod and create it again from its manifest: the webhook looks at a pod only when it is created.' }
        : { fix: { title: 'replace the pods, which sends them through the webhook again', safe: false, changes: [replacement] } }),
    })
  },
})

/** The webhook looks at a pod once, so what was made after the pod came too late for it. */
function younger(serviceAccount: Resource<'k8s/ServiceAccount'>, pod: Resource<'k8s/Pod'>): readonly Evidence[] {
  const [made, created] = [serviceAccount, pod].map(item => item.body.metadata.creationTimestamp)
  if (typeof made !== 'string' || typeof created !== 'string' || Date.parse(made) <= Date.parse(created)) return []
  return [
    serviceAccount.at(['metadata', 'creationTimestamp'], 'made after the pod'),
    pod.at(['metadata', 'creationTimestamp'], 'the pod is older'),
  ]
}
