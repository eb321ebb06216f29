import { policiesOf, requireLists, type PolicyLayerReader } from '#joints/policy-layer.ts'
import { valueAt, type Path } from '#model/place.ts'
import type { Resource } from '#model/resource.ts'
import { fail, pass, skip, type Verdict } from '#model/verdict.ts'
import { parseAddress, parseCidr } from '#network/addresses.ts'
import { clusterOf, enforcedByAws, policyName } from './deviation-verdict.ts'

interface Peer {
  readonly ipBlock?: { readonly cidr?: string }
  readonly networks?: readonly string[]
}

/**
 * Rules all of whose blocks are of the family that the cluster's pods do not have. A rule with a block of each is written for both, and fine.
 * @throws Unread when the pods were not read
 */
export function familyVerdict(world: PolicyLayerReader, policy: Resource): Verdict {
  const policies = policiesOf(world, clusterOf(policy))
  if (!enforcedByAws(policies)) return skip('the engine of the VPC CNI does not enforce policies here')
  requireLists(policies.input, ['pods'])
  const addressed = policies.input.pods.all.find(({ status }) => parseAddress(status?.podIP ?? '') !== undefined)
  const address = parseAddress(addressed?.status?.podIP ?? '')
  if (address === undefined) return skip('no pod has an address yet')
  const rules = rulesOf(policy)
  const blocks = rules.flatMap(rule => rule.blocks)
  if (blocks.length === 0) return skip('it names no blocks of addresses')
  const foreign = rules.find(
    rule => rule.blocks.length > 0 && rule.blocks.every(({ cidr }) => parseCidr(cidr)?.family === otherFamily(address.family)),
  )
  const [first] = foreign?.blocks ?? []
  if (first === undefined) return pass(policy.at(blocks[0]!.path, `the pods of the cluster have IPv${address.family} addresses`))
  return fail({
    message: `${policyName(policy)} has a rule for IPv${otherFamily(address.family)} alone, and the pods of this cluster have IPv${address.family}`,
    evidence: [policy.at(first.path, `the engine passes over IPv${otherFamily(address.family)} blocks here`)],
    effect: 'The rule says nothing: what it allows is dropped, and what it denies is open.',
    help: `Write the IPv${address.family} block beside it.`,
  })
}

const otherFamily = (family: 4 | 6): 4 | 6 => (family === 4 ? 6 : 4)

interface RuleBlocks {
  readonly blocks: readonly { readonly path: Path; readonly cidr: string }[]
}

function rulesOf(policy: Resource): RuleBlocks[] {
  return (['ingress', 'egress'] as const).flatMap(direction => {
    const rules = (valueAt(policy.body, ['spec', direction]) ?? []) as readonly {
      readonly from?: readonly Peer[]
      readonly to?: readonly Peer[]
    }[]
    const side = direction === 'ingress' ? 'from' : 'to'
    return rules.map((rule, i) => {
      const blocks = (rule[side] ?? []).flatMap((peer, j) => {
        const path = ['spec', direction, i, side, j]
        const networks = (peer.networks ?? []).map((cidr, k) => ({ path: [...path, 'networks', k], cidr }))
        return peer.ipBlock?.cidr === undefined ? networks : [{ path: [...path, 'ipBlock', 'cidr'], cidr: peer.ipBlock.cidr }]
      })
      const isOnlyBlocks = (rule[side] ?? []).every(peer => peer.ipBlock !== undefined || peer.networks !== undefined)
      return { blocks: isOnlyBlocks ? blocks : [] }
    })
  })
}
