import { Unread } from '#base/errors.ts'
import { isAtLeast, parseVersion } from '#joints/container-image.ts'
import { vpcCniOf, type VpcCniReader } from '#joints/vpc-cni.ts'
import type { Resource } from '#model/resource.ts'
import { fail, pass, skip, type Verdict } from '#model/verdict.ts'
import { clusterOf } from './deviation-verdict.ts'

/** https://docs.aws.amazon.com/eks/latest/userguide/cni-network-policy.html */
const firstVersion = '1.14.0'

/** @throws Unread when the image names no version */
export function versionVerdict(world: VpcCniReader, subject: Resource<'k8s/DaemonSet'>): Verdict {
  const cni = vpcCniOf(world, clusterOf(subject))
  if (subject !== cni?.daemonSet) return skip('it is not the VPC CNI')
  const index = subject.body.spec?.template.spec?.containers.findIndex(({ name }) => name === 'aws-node') ?? -1
  const version = cni.version === undefined ? undefined : parseVersion(cni.version)
  if (version === undefined) throw new Unread({ kind: subject.kind, id: subject.id, reason: 'its image names no version of the VPC CNI' })
  const place = ['spec', 'template', 'spec', 'containers', index, 'image']
  if (isAtLeast(version, firstVersion)) return pass(subject.at(place, 'this version enforces NetworkPolicies'))
  return fail({
    message: `version ${cni.version} of the VPC CNI has no agent that enforces network policies`,
    evidence: [subject.at(place, `versions from ${firstVersion} on enforce NetworkPolicies`)],
    effect: 'Every pod accepts and sends everything, as if there were no policy.',
    help: 'Update the add-on vpc-cni, one minor version at a time, and set enableNetworkPolicy to "true" in its configuration.',
  })
}
