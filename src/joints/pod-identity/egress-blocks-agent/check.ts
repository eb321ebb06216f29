import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { agentReach } from '../agent-reach.ts'
import { openingFix } from '../egress-repair.ts'
import { workloadAssociation } from '../workload-association.ts'

export default defineCheck({
  id: 'pod-identity/egress-blocks-agent',
  title: 'A NetworkPolicy keeps pods from the Pod Identity agent of their node',
  severity: 'high',
  since: '0.1.0',
  subject: 'workload',
  reads: ['aws/eks/Cluster', 'aws/eks/PodIdentityAssociation', 'k8s/NetworkPolicy'],
  sources: [
    'https://docs.aws.amazon.com/eks/latest/userguide/pod-id-agent-setup.html',
    'https://kubernetes.io/docs/concepts/services-networking/network-policies/',
  ],

  test({ subject: workload, world }) {
    const association = workloadAssociation(world, workload)
    if (association === undefined) return skip('the service account has no association')
    const reach = agentReach(world, workload)
    if (reach.is === 'host') return skip('the pods are in the network of their node, which no NetworkPolicy limits')
    if (reach.is === 'not-enforced') return skip('nothing in the cluster enforces NetworkPolicy')
    if (reach.is === 'open') return pass(association.at(['serviceAccount'], 'no NetworkPolicy limits what its pods reach'))
    if (reach.is === 'allowed') return pass(reach.policy.at(['spec', 'egress', reach.index], `this rule lets pods reach ${reach.address}`))

    const { policies, address } = reach
    const [first, ...others] = policies
    const named = first.body.spec?.egress === undefined ? (['spec', 'podSelector'] as const) : (['spec', 'egress'] as const)
    return fail({
      message: `NetworkPolicy ${policies.map(policy => policy.id).join(' and ')} keeps ${workload.name} from the Pod Identity agent at ${address} port 80`,
      evidence: [
        first.at(named, 'no rule here allows the address of the agent', 'key'),
        ...others.map(policy => policy.at(['metadata', 'name'], 'nor does this policy')),
        association.at(['serviceAccount'], 'its pods ask the agent for credentials'),
      ],
      effect: 'Requests for credentials are dropped and time out, so the pods get no AWS credentials.',
      fix: openingFix(first, address),
    })
  },
})
