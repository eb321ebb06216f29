import type { MechanismName } from './access-mechanism.ts'

const links: Readonly<Partial<Record<MechanismName, readonly string[]>>> = {
  irsa: ['irsa/service-account', 'irsa/issuer', 'irsa/provider', 'irsa/role', 'irsa/trust', 'irsa/guardrails'],
  'pod-identity': [
    'pod-identity/association',
    'pod-identity/role',
    'pod-identity/trust',
    'pod-identity/session',
    'pod-identity/target-role',
  ],
}

/** Where the chains of identities tell why AWS hands out no session: a chain that breaks at a link before those breaks for another reason. */
export const sessionToldBy = (by: MechanismName): { readonly toldBy: readonly string[] } => ({ toldBy: links[by] ?? [] })
