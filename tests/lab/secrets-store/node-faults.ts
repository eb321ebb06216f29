import type { SecretsStoreOptions } from './install.ts'
import { classOf, farRegion, goodClass, goodSecret, secret, synced, type Variant, variable } from './variants.ts'

/** What breaks every mount, or makes something unknown of each. */
export interface NodeFault extends Variant {
  /** How driver and provider are installed. Undefined: as they were. */
  readonly options?: SecretsStoreOptions
  /** Only what is still so in ten minutes breaks the chain: the node has just joined, and is given the time. */
  readonly later?: boolean
}

const fault = (name: string, options: SecretsStoreOptions, says: string, found: Omit<Variant, 'name' | 'happens'>): NodeFault => ({
  name,
  options,
  class: goodClass,
  happens: { mounted: false, says },
  ...found,
})

const notRegistered = 'driver name secrets-store.csi.k8s.io not found in the list of registered CSI drivers'
const notFound = 'error connecting to provider "aws": provider not found: provider "aws"'

/** One after the other, each on a node that is brought there from wherever the one before left it. */
export const nodeFaults: readonly NodeFault[] = [
  {
    name: 'region-other',
    class: { ...classOf(secret(goodSecret)), parameters: { region: farRegion } },
    happens: { mounted: false, says: `${farRegion}: Failed fetching secret ${goodSecret}` },
    symptom: { id: 'secret-missing', link: 'secret' },
    breaks: { link: 'secret', check: 'secrets-store/secret-missing' },
  },
  {
    name: 'sync-forbidden',
    options: { syncSecrets: false },
    class: { ...goodClass, secretObjects: [synced('sync-forbidden', 'login')] },
    container: variable('sync-forbidden', 'value'),
    // The driver writes that it is forbidden, and what to set, to its log alone; its event FailedToCreateSecret says no more than this.
    happens: {
      mounted: true,
      says: 'secret "sync-forbidden" not found',
      more: [
        { says: 'FailedToCreateSecret: timed out waiting', symptom: { id: 'secret-not-written', link: 'synced-secret', hides: true } },
      ],
    },
    symptom: { id: 'secret-not-made', link: 'synced-secret' },
    breaks: { link: 'synced-secret', check: 'secrets-store/sync-not-permitted' },
  },
  fault(
    'no-token-requests',
    { tokenAudiences: [] },
    'CSI token error: serviceAccount.tokens not provided - ensure tokenRequests is configured in CSIDriver',
    { symptom: { id: 'tokens-not-requested', link: 'token' }, breaks: { link: 'token', check: 'secrets-store/token-not-requested' } },
  ),
  fault(
    'audience-other',
    { tokenAudiences: ['pods.eks.amazonaws.com'] },
    'IRSA token extraction failed: token for audience "sts.amazonaws.com" not found',
    { symptom: { id: 'audience-not-requested', link: 'token' }, breaks: { link: 'token', check: 'secrets-store/token-not-requested' } },
  ),
  fault(
    'provider-unbound',
    { providerBoundIn: 'default' },
    'is forbidden: User "system:serviceaccount:kube-system:csi-secrets-store-provider-aws" cannot get resource',
    {
      symptom: { id: 'provider-forbidden', link: 'provider' },
      breaks: { link: 'provider', check: 'secrets-store/provider-account-unbound' },
    },
  ),
  fault('provider-elsewhere', { providerFolder: '/var/run/other-providers' }, notFound, {
    symptom: { id: 'provider-not-found', link: 'provider' },
    breaks: { link: 'provider', check: 'secrets-store/provider-folder-differs' },
  }),
  fault('no-provider', { provider: false }, notFound, {
    symptom: { id: 'provider-not-found', link: 'provider' },
    breaks: { link: 'provider', check: 'secrets-store/provider-missing' },
  }),
  {
    ...fault('driver-off-node', { driverOnNode: false }, notRegistered, {
      symptom: { id: 'driver-not-registered', link: 'driver' },
      breaks: { link: 'driver', check: 'secrets-store/driver-absent-on-node' },
    }),
    later: true,
  },
  fault('no-driver', { driver: false }, notRegistered, {
    symptom: { id: 'driver-not-registered', link: 'driver' },
    breaks: { link: 'driver', check: 'secrets-store/driver-missing' },
  }),
]
