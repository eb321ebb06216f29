import type { ClusterPolicies } from '#joints/policy-layer.ts'
import { removing, setting } from '#model/change.ts'
import { valueAt, type Path } from '#model/place.ts'
import type { Resource } from '#model/resource.ts'
import type { Fix } from '#model/verdict.ts'
import type { Deviation } from '#network/policy-layer.ts'
import { policyChange } from './policy-rewrites.ts'

/** Rules without peers get the blocks that mean everybody. */
export function everybody({ find }: ClusterPolicies, found: readonly Deviation[]): Fix | undefined {
  const peers = [{ ipBlock: { cidr: '0.0.0.0/0' } }, { ipBlock: { cidr: '::/0' } }]
  const risk = 'What the rule was written to allow is then allowed.'
  const changes = found.flatMap(({ at }) => {
    const policy = find(at.kind, at.id)
    return policy === undefined ? [] : [policyChange(policy, setting(policy, [...at.path, 'to'], peers), risk)]
  })
  return changes.length === 0 ? undefined : { title: 'name the blocks that mean everybody', safe: false, changes }
}

/** The directions that are enforced anyway are listed: nothing changes but what the policy says. */
export function listed({ find }: ClusterPolicies, found: readonly Deviation[]): Fix | undefined {
  const [first] = found
  const policy = first === undefined ? undefined : find(first.at.kind, first.at.id)
  const types = policy === undefined ? undefined : valueAt(policy.body, ['spec', 'policyTypes'])
  if (policy === undefined || !Array.isArray(types)) return undefined
  const missing = [
    ...new Set(found.flatMap(({ direction }) => (direction === undefined ? [] : [direction === 'ingress' ? 'Ingress' : 'Egress']))),
  ]
  const risk = 'On the engine of the VPC CNI nothing changes; another engine then closes the direction too.'
  const changes = [policyChange(policy, setting(policy, ['spec', 'policyTypes'], [...(types as string[]), ...missing]), risk)]
  return { title: `list ${missing.join(' and ')} in policyTypes`, safe: true, changes }
}

/** Blocks of the family that the cluster does not use do nothing, and lose the except that does. */
export function withoutForeignExcepts({ find }: ClusterPolicies, found: readonly Deviation[]): Fix | undefined {
  const [first] = found
  const policy = first === undefined ? undefined : find(first.at.kind, first.at.id)
  if (first === undefined || policy === undefined) return undefined
  const isForeign = (cidr: string) => cidr.includes(':') === /\(.*:.*\)/.test(first.detail)
  const paths = blocksOf(policy).filter(({ cidr, except }) => isForeign(cidr) && except)
  const risk = 'Addresses that were closed by mistake are decided by the rules again.'
  const changes = paths.map(({ path }) => policyChange(policy, removing(policy, [...path, 'except']), risk))
  return { title: 'take the except of the other family out', safe: false, changes }
}

interface Peers {
  readonly from?: readonly { readonly ipBlock?: { readonly cidr?: string; readonly except?: readonly string[] } }[]
  readonly to?: Peers['from']
}

function blocksOf(policy: Resource): { readonly path: Path; readonly cidr: string; readonly except: boolean }[] {
  return (['ingress', 'egress'] as const).flatMap(direction => {
    const rules = (valueAt(policy.body, ['spec', direction]) ?? []) as readonly Peers[]
    const side = direction === 'ingress' ? 'from' : 'to'
    return rules.flatMap((rule, i) =>
      (rule[side] ?? []).flatMap(({ ipBlock }, j) => {
        if (ipBlock?.cidr === undefined) return []
        return [{ path: ['spec', direction, i, side, j, 'ipBlock'], cidr: ipBlock.cidr, except: (ipBlock.except ?? []).length > 0 }]
      }),
    )
  })
}
