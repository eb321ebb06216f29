import { defineCheck } from '#joints/define.ts'
import { podShape } from '#joints/workloads.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { currentPods, namedWith } from '../../irsa/judged-shapes.ts'
import { unsupportedNode, unsupportedShape } from '../compute.ts'
import { workloadAssociation } from '../workload-association.ts'

export default defineCheck({
  id: 'pod-identity/compute-unsupported',
  title: 'Pods that need Pod Identity run where it is not offered',
  severity: 'high',
  since: '0.1.0',
  subject: 'workload',
  reads: ['aws/eks/Cluster', 'aws/eks/PodIdentityAssociation', 'k8s/Node'],
  sources: ['https://docs.aws.amazon.com/eks/latest/userguide/pod-identities.html#pod-id-restrictions'],

  test({ subject: workload, world }) {
    const association = workloadAssociation(world, workload)
    if (association === undefined) return skip('the service account has no association')
    const foretold = unsupportedShape(workload.template)
    const pods = foretold === undefined ? currentPods(workload) : []
    const judged = pods.flatMap(pod => {
      const found = unsupportedShape(podShape(pod)) ?? unsupportedNode(world, pod)
      return found === undefined ? [] : [{ pod, found }]
    })
    const found = foretold ?? judged[0]?.found
    if (found === undefined)
      return pass(
        association.at(
          ['serviceAccount'],
          pods.length === 0 ? 'no pod runs, and the template asks for no such compute' : 'its pods run where Pod Identity is offered',
        ),
      )

    const where = found.compute === 'fargate' ? 'on Fargate' : 'on Windows'
    return fail({
      message: `${namedWith(workload, { pods: judged.map(({ pod }) => pod), of: pods.length })} runs ${where}, where the Pod Identity association of ${association.body.namespace}/${association.body.serviceAccount} does nothing`,
      evidence: [found.at, association.at(['serviceAccount'], 'the association that its pods are to use')],
      effect: 'No agent runs there, so nothing answers at the address that the pods are given, and calls to AWS fail.',
      help: 'Annotate the service account with eks.amazonaws.com/role-arn and delete the association, or run the pods on Linux EC2 nodes.',
    })
  },
})
