import { defineCheck } from '#joints/define.ts'
import { metadataByPolicy, policyEvidence, unknownPolicies } from '#joints/metadata-policies.ts'
import { policyLayerKinds } from '#joints/policy-layer.ts'
import { podShape } from '#joints/workloads.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { lacksIdentity, namesAws } from '../../node-credentials/node-role-users.ts'
import { policyNames } from '../policy-names.ts'

export default defineCheck({
  id: 'network-policy/imds-needed-but-denied',
  title: 'Policies keep pods from the metadata service, which is where their only credentials are',
  severity: 'medium',
  since: '0.1.0',
  subject: 'workload',
  reads: policyLayerKinds,
  sources: [
    'https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html',
    'https://docs.aws.amazon.com/eks/latest/best-practices/identity-and-access-management.html',
  ],

  test({ subject: workload, world }) {
    const [pod] = workload.seenPods.length > 0 ? workload.seenPods : workload.pods()
    if (pod === undefined) return skip('which credentials its pods get is seen once they are admitted')
    const shape = podShape(pod)
    if (shape.spec.hostNetwork === true) return skip('no policy is enforced on pods of the network of their node')
    if (!lacksIdentity(shape)) return skip('its pods have credentials of their own')
    if (!namesAws(shape)) return skip('nothing in its pods names AWS')
    const answer = metadataByPolicy(world, workload.cluster, pod.id)
    if (answer.verdict === 'unknown') throw unknownPolicies(world, workload.cluster, answer)
    if (answer.verdict === 'allow') {
      const rules = policyEvidence(world, workload.cluster, answer, 'this lets the pods reach it')
      return rules.length === 0 ? skip('no policy limits what its pods send') : pass(...rules.slice(0, 3))
    }
    const places = policyEvidence(world, workload.cluster, answer, 'it does not let TCP port 80 of 169.254.169.254 out')
    const here = pod.at(['metadata', 'name'], 'it names AWS and has no credentials of its own')
    return fail({
      message: `${workload.name} calls AWS with the role of its node, and ${policyNames(places.map(({ resource }) => resource))} keeps it from the metadata service`,
      evidence: [places[0] ?? here, ...places.slice(1, 3), here],
      effect: 'The SDK finds no credentials, after it has waited for the service at every start.',
      help: 'Give the workload a role of its own by EKS Pod Identity or IRSA. Let it reach 169.254.169.254 only when it cannot have one, since it then has whatever its node may do.',
    })
  },
})
