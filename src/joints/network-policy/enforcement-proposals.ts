import { policyEngineKinds, policyEngineOf } from '#joints/policy-engine.ts'
import type { Proposal } from '#joints/proposal.ts'
import { settingAddon, vpcCniAddon } from '#joints/vpc-cni-addon.ts'
import { vpcCniOf } from '#joints/vpc-cni.ts'
import { Unread, UserError } from '#base/errors.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { enforcementVerdict } from './enforcement.ts'

export const enforcementKinds = [...policyEngineKinds, 'aws/eks/Addon'] as const

const risk =
  'Every NetworkPolicy of the cluster takes effect at once: traffic that they do not allow is dropped. aws-node is restarted on every node.'
const makes = 'network-policy: enforcement'

/**
 * What turns on the engine of the VPC CNI where nobody enforces policies: the setting of its add-on, or what is missing in a VPC CNI that no add-on manages.
 * @throws Unread when it was not read who enforces policies, UserError `NOT_OURS` where nothing here could
 */
export function enforcementProposals(
  world: Reader<(typeof enforcementKinds)[number]>,
  cluster: Resource<'aws/eks/Cluster'>,
): readonly Proposal[] {
  const { engine } = policyEngineOf(world, cluster.body.name)
  if ('unread' in engine) throw new Unread(engine.unread)
  if (engine.value !== 'none') return []
  const addon = vpcCniAddon(world, cluster)
  const cni = vpcCniOf(world, cluster.body.name)
  const title = 'turn on network policies in the add-on vpc-cni'
  if (addon !== undefined && cni !== undefined) {
    const proposal = settingAddon(addon, [{ path: ['enableNetworkPolicy'], value: 'true' }], { risk, title, makes })
    return proposal === undefined ? [] : [proposal]
  }
  const verdict = enforcementVerdict(world, cni?.daemonSet ?? cluster)
  const fix = verdict.is === 'fail' ? verdict.fix : undefined
  if (fix === undefined) {
    throw new UserError('NOT_OURS', `nothing in cluster ${cluster.body.name} enforces network policies`, {
      help: 'Install the add-on vpc-cni, or another engine.',
    })
  }
  return fix.changes.map(change => ({ change, title: `${fix.title}: ${change.target.id}`, makes }))
}
