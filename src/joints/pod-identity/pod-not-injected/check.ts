import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { currentPods, namedWith } from '../../irsa/judged-shapes.ts'
import { lackEvidence, skipLabelOf, templateFix } from '../injection-repair.ts'
import { isTooOld, podLack, templateLack } from '../injection.ts'
import { replacing } from '../../irsa/replace-pods.ts'
import { workloadAssociation } from '../workload-association.ts'

export default defineCheck({
  id: 'pod-identity/pod-not-injected',
  title: 'Pods were admitted without the credentials address that their association gives them',
  severity: 'high',
  since: '0.1.0',
  subject: 'workload',
  reads: ['aws/eks/Cluster', 'aws/eks/PodIdentityAssociation'],
  sources: [
    'https://docs.aws.amazon.com/eks/latest/userguide/pod-id-how-it-works.html',
    'https://github.com/aws/amazon-eks-pod-identity-webhook/blob/master/pkg/handler/handler.go',
  ],

  test({ subject: workload, world }) {
    const association = workloadAssociation(world, workload)
    if (association === undefined) return skip('the service account has no association')
    const asked = (label: string) => association.at(['serviceAccount'], label)
    const foretold = templateLack(workload)
    const isSkipped = skipLabelOf(workload) !== undefined
    const pods = foretold !== undefined || isSkipped ? [] : currentPods(workload)
    const lacking = pods.flatMap(pod => {
      const lack = isTooOld(pod, association) ? undefined : podLack(workload, pod)
      return lack === undefined ? [] : [{ pod, lack }]
    })
    const [first] = lacking
    const lack = foretold ?? first?.lack
    if (lack === undefined && !isSkipped)
      return pass(asked(injectedLabel(pods.length, pods.filter(pod => isTooOld(pod, association)).length)))

    const replacement = replacing(
      workload,
      lacking.map(({ pod }) => pod),
    )
    const fix =
      first === undefined
        ? templateFix(workload, lack)
        : replacement === undefined
          ? undefined
          : { title: 'replace the pods, which sends them through the webhook again', safe: false, changes: [replacement] }
    const container = lack === undefined ? 'a label that keeps the webhook away' : `${lack.text} in container ${lack.seat.container.name}`
    return fail({
      message: `${namedWith(workload, { pods: lacking.map(({ pod }) => pod), of: pods.length })} has ${container}, though service account ${association.body.namespace}/${association.body.serviceAccount} has a Pod Identity association`,
      evidence: [lackEvidence(workload, first?.pod, lack), asked('the pods were to use this association')],
      effect: 'The SDKs in the container find no Pod Identity, so calls to AWS fail, or are made as another identity.',
      ...(fix === undefined
        ? { help: 'Leave both variables to the webhook, and create the pod again: the webhook looks at a pod only when it is created.' }
        : { fix }),
    })
  },
})

function injectedLabel(all: number, old: number): string {
  if (all === 0) return 'no pod runs; the webhook will inject the address into new ones'
  if (old > 0) return `injected into the ${all - old} pods that are younger than the association`
  return all === 1 ? 'injected into the one pod' : `injected into all ${all} pods`
}
