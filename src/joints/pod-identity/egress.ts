import { requirementsOf, type Labels } from '#joints/label-selector.ts'
import type { Resource } from '#model/resource.ts'
import { isInside } from './address.ts'

type NetworkPolicy = Resource<'k8s/NetworkPolicy'>
type EgressRule = NonNullable<NonNullable<NetworkPolicy['body']['spec']>['egress']>[number]

/**
 * The policies of a namespace that limit what a pod with these labels may reach. Without policyTypes a policy limits egress when it has egress rules.
 * https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/network-policy-v1/
 */
export const egressPolicies = (policies: readonly NetworkPolicy[], labels: Labels): readonly NetworkPolicy[] =>
  policies.filter(
    policy => limitsEgress(policy) && requirementsOf(policy.body.spec?.podSelector).every(requirement => requirement.holds(labels)),
  )

function limitsEgress({ body: { spec } }: NetworkPolicy): boolean {
  if (spec?.policyTypes !== undefined && spec.policyTypes.length > 0) return spec.policyTypes.includes('Egress')
  return (spec?.egress ?? []).length > 0
}

export interface Endpoint {
  readonly address: string
  readonly port: number
  readonly protocol: 'TCP'
}

/** The rule that lets a pod reach an address that is no pod's: one allow is enough, whichever policy has it. */
export function allowingRule(
  policies: readonly NetworkPolicy[],
  endpoint: Endpoint,
): { readonly policy: NetworkPolicy; readonly index: number } | undefined {
  for (const policy of policies) {
    const index = (policy.body.spec?.egress ?? []).findIndex(rule => allows(rule, endpoint))
    if (index >= 0) return { policy, index }
  }
  return undefined
}

/** Pod and namespace selectors stand for pods' own addresses, so they never cover an address of the node. */
function allows({ to = [], ports = [] }: EgressRule, endpoint: Endpoint): boolean {
  const isReached =
    to.length === 0 ||
    to.some(
      ({ ipBlock }) =>
        ipBlock !== undefined &&
        isInside(endpoint.address, ipBlock.cidr) &&
        !(ipBlock.except ?? []).some(cidr => isInside(endpoint.address, cidr)),
    )
  return isReached && (ports.length === 0 || ports.some(port => allowsPort(port, endpoint)))
}

type Port = NonNullable<EgressRule['ports']>[number]

/** A named port is a pod's own, and no pod has this address. */
function allowsPort({ port, endPort, protocol = 'TCP' }: Port, endpoint: Endpoint): boolean {
  if (protocol !== endpoint.protocol) return false
  if (port === undefined) return true
  if (typeof port !== 'number') return false
  return endPort === undefined ? port === endpoint.port : port <= endpoint.port && endpoint.port <= endPort
}
