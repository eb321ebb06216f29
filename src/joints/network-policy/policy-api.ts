import { Unread } from '#base/errors.ts'
import { isAtLeast, parseVersion } from '#joints/container-image.ts'
import { policiesOf, type PolicyLayerReader } from '#joints/policy-layer.ts'
import { vpcCniOf } from '#joints/vpc-cni.ts'
import type { Resource } from '#model/resource.ts'
import { fail, pass, skip, type Verdict } from '#model/verdict.ts'
import { clusterOf, deviationVerdict, policyName, specOf } from './deviation-verdict.ts'

const awsKinds: readonly string[] = ['k8s/networking.k8s.aws/ClusterNetworkPolicy', 'k8s/ApplicationNetworkPolicy']

/**
 * Whether the engine of the cluster reads the API of a policy.
 * @throws Unread when it was not read which engine there is
 */
export function policyApiVerdict(world: PolicyLayerReader, policy: Resource): Verdict {
  const { engine } = policiesOf(world, clusterOf(policy)).input
  if ('unread' in engine) throw new Unread(engine.unread)
  if (engine.value === 'none') return skip('nothing enforces policies here')
  if (engine.value === 'upstream') {
    if (!awsKinds.includes(policy.kind)) return skip('which policies of policy.networking.k8s.io this engine reads depends on its version')
    return fail({
      message: `${policyName(policy)} is of networking.k8s.aws, and the engine of this cluster is not AWS's`,
      evidence: [policy.at(['metadata', 'name'], 'only the engine of the VPC CNI reads policies of networking.k8s.aws')],
      effect: 'The policy does nothing: what it denies gets through.',
      help: 'Write it for the engine that runs here, or let the VPC CNI enforce policies.',
    })
  }
  if (policy.kind === 'k8s/networking.k8s.aws/ClusterNetworkPolicy') {
    const tooOld = olderThanClusterPolicies(world, policy)
    if (tooOld !== undefined) return tooOld
  }
  if (awsKinds.includes(policy.kind)) return pass(specOf(policy, 'the engine of the VPC CNI reads policies of this API'))
  return deviationVerdict(world, policy, 'inert-api', {
    message: (_, name) => `${name} is of policy.networking.k8s.io, which the engine of the VPC CNI does not read`,
    at: 'nothing in this cluster reads policies of this API',
    effect: 'The policy does nothing: what it denies gets through.',
    help: 'Write it as a ClusterNetworkPolicy of networking.k8s.aws.',
    passes: 'its API is read',
    concernsAll: true,
  })
}

/** https://docs.aws.amazon.com/eks/latest/userguide/cni-network-policy-configure.html */
const firstVersion = '1.21.0'

/** In EKS Auto Mode there is no version to choose; one that the image does not name is not judged. */
function olderThanClusterPolicies(world: PolicyLayerReader, policy: Resource): Verdict | undefined {
  const cni = vpcCniOf(world, clusterOf(policy))
  const version = cni?.version === undefined ? undefined : parseVersion(cni.version)
  if (cni === undefined || version === undefined || isAtLeast(version, firstVersion)) return undefined
  const index = cni.daemonSet.body.spec?.template.spec?.containers.findIndex(({ name }) => name === 'aws-node') ?? -1
  return fail({
    message: `${policyName(policy)} needs version ${firstVersion} of the VPC CNI, and ${cni.version} runs`,
    evidence: [
      policy.at(['metadata', 'name'], 'older versions do not enforce policies of the cluster'),
      cni.daemonSet.at(['spec', 'template', 'spec', 'containers', index, 'image'], 'this version runs'),
    ],
    effect: 'The policy does nothing: what it denies gets through.',
    help: 'Update the add-on vpc-cni, one minor version at a time.',
  })
}
