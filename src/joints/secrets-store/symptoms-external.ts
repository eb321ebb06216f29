import type { Symptom } from '#joints/define-symptoms.ts'

const operator = 'https://github.com/external-secrets/external-secrets'
const controllers = `${operator}/blob/main/pkg/controllers`
const storeName = String.raw`\\?"(?<store>[\w.-]{1,253})\\?"`

/** What the External Secrets Operator says; the texts that hide their cause come last. */
export const externalSymptoms: readonly Symptom[] = [
  {
    id: 'external-store-refuses-namespace',
    pattern: new RegExp(`using cluster store ${storeName} is not allowed from namespace ${storeName.replace('store', 'namespace')}`),
    link: 'store',
    cause: 'The conditions of ClusterSecretStore {store} leave namespace {namespace} out.',
    source: `${controllers}/secretstore/client_manager.go`,
  },
  {
    id: 'external-store-missing',
    pattern: new RegExp(`could not get (?<kind>(?:Cluster)?SecretStore) ${storeName}, `),
    link: 'store',
    cause: 'There is no {kind} {store}, or the operator may not read it.',
    source: `${controllers}/secretstore/client_manager.go`,
  },
  {
    id: 'external-secret-key-missing',
    pattern: /key (?<key>\S{1,253}) does not exist in secret (?<secret>\S{1,2048})/,
    link: 'secret',
    cause: 'An ExternalSecret asks for key {key}, which secret {secret} does not hold.',
    source: operator,
  },
  {
    id: 'external-secret-missing',
    pattern: /\(key: (?<secret>[^\s)]{1,2048})\), err: Secret does not exist|err: Secret does not exist/,
    link: 'secret',
    cause: 'An ExternalSecret asks for {secret}, which does not exist where its store looks.',
    source: `${operator}/blob/main/providers/v1/aws/secretsmanager/secretsmanager.go`,
  },
  {
    id: 'external-target-owned',
    pattern: /secret is owned by another ExternalSecret: (?<owner>[\w.-]{1,253})|target is owned by another ExternalSecret/,
    link: 'synced-secret',
    cause: 'Two ExternalSecrets write one Secret, and it is the other one’s own.',
    source: `${controllers}/externalsecret/externalsecret_controller.go`,
  },
  {
    id: 'external-target-missing',
    pattern: /secret will not be created due to CreationPolicy=Merge/,
    link: 'synced-secret',
    cause: 'An ExternalSecret only adds to a Secret that nobody has made.',
    source: `${controllers}/externalsecret/externalsecret_controller.go`,
  },
  {
    id: 'external-store-not-ready',
    pattern: new RegExp(`(?<kind>(?:Cluster)?SecretStore) ${storeName} is not ready`),
    link: 'identity',
    cause: '{kind} {store} has no session of AWS that it can use.',
    source: `${controllers}/secretstore/client_manager.go`,
    hidden: 'Look at the events of the store: they say what is missing.',
  },
  {
    id: 'external-secret-not-read',
    pattern: /could not get secret data from provider|\bSecretSyncedError\b/,
    link: 'permission',
    cause: 'The External Secrets Operator could not read what an ExternalSecret names.',
    source: operator,
    hidden: 'Look at the events of the ExternalSecret and at the log of the operator: what AWS answered stands there.',
  },
  {
    id: 'external-store-invalid',
    pattern: /\bInvalidProviderConfig\b/,
    link: 'identity',
    cause: 'A SecretStore of the External Secrets Operator has no identity, or no region, that it can use.',
    source: operator,
    hidden: 'Look at the events of the SecretStore: they say what is missing.',
  },
]
