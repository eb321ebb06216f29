import type { V1LabelSelector, V1ObjectMeta } from '@kubernetes/client-node'
import type { KindTable, Named, Namespaced } from './kubernetes-kind-facts.ts'

/** https://github.com/external-secrets/external-secrets/blob/main/apis/externalsecrets/v1/externalsecret_types.go */
interface ExternalSecret {
  readonly metadata?: V1ObjectMeta
  readonly spec: {
    readonly secretStoreRef?: StoreRef
    readonly target?: {
      /** That of the ExternalSecret by default. */
      readonly name?: string
      /** `Owner` by default, `Orphan`, `Merge`, `CreateOrMerge` or `None`. */
      readonly creationPolicy?: string
      /** `Retain` by default, `Delete` or `Merge`. */
      readonly deletionPolicy?: string
      /** Makes keys of what is read. */
      readonly template?: object
      /** Another object than a Secret is written. */
      readonly manifest?: { readonly apiVersion?: string; readonly kind?: string }
    }
    /** `Periodic` by default, `CreatedOnce` or `OnChange`. */
    readonly refreshPolicy?: string
    /** `1h0m0s` by default. */
    readonly refreshInterval?: string
    readonly data?: readonly {
      readonly secretKey?: string
      readonly remoteRef: RemoteRef
      readonly sourceRef?: SourceRef
    }[]
    readonly dataFrom?: readonly {
      readonly extract?: RemoteRef
      /** What is found by name or tags is told nowhere. */
      readonly find?: { readonly path?: string }
      readonly sourceRef?: SourceRef
    }[]
  }
  readonly status?: Status & { readonly refreshTime?: string; readonly syncedResourceVersion?: string }
}

interface StoreRef {
  readonly name?: string
  /** `SecretStore` by default, or `ClusterSecretStore`. */
  readonly kind?: string
}

interface SourceRef {
  readonly storeRef?: StoreRef
  readonly generatorRef?: { readonly kind?: string; readonly name?: string }
}

interface RemoteRef {
  readonly key: string
  readonly property?: string
  readonly version?: string
  /** `None` by default; `Fetch` reads tags and no value. */
  readonly metadataPolicy?: string
}

interface Status {
  readonly conditions?: readonly {
    readonly type?: string
    readonly status?: string
    readonly reason?: string
    readonly message?: string
    readonly lastTransitionTime?: string
  }[]
}

/** https://github.com/external-secrets/external-secrets/blob/main/apis/externalsecrets/v1/secretstore_types.go */
interface SecretStore {
  readonly metadata?: V1ObjectMeta
  readonly spec: {
    /** The class of the operator that minds it; every operator does when empty. */
    readonly controller?: string
    readonly provider?: { readonly aws?: AwsProvider }
    /** Which namespaces may use a ClusterSecretStore: all when there are none. */
    readonly conditions?: readonly {
      readonly namespaceSelector?: V1LabelSelector
      readonly namespaces?: readonly string[]
      readonly namespaceRegexes?: readonly string[]
    }[]
  }
  readonly status?: Status
}

/** https://github.com/external-secrets/external-secrets/blob/main/apis/externalsecrets/v1/secretstore_aws_types.go */
interface AwsProvider {
  /** `SecretsManager`, `ParameterStore` or `CertificateManager`. */
  readonly service: string
  readonly region: string
  readonly auth?: {
    readonly jwt?: {
      readonly serviceAccountRef?: { readonly name: string; readonly namespace?: string; readonly audiences?: readonly string[] }
    }
    /** Static keys, in a Secret. */
    readonly secretRef?: { readonly accessKeyIDSecretRef?: { readonly name?: string; readonly namespace?: string } }
  }
  /** Assumed one after the other before `role`. */
  readonly additionalRoles?: readonly string[]
  readonly role?: string
  readonly externalID?: string
  readonly sessionTags?: readonly { readonly key: string; readonly value: string }[]
  readonly transitiveTagKeys?: readonly string[]
  /** `None` by default, `Simple` or `Custom`. */
  readonly sessionTagsPolicy?: string
  readonly customSessionTags?: Readonly<Record<string, string>>
  /** Put before every name that is asked for. */
  readonly prefix?: string
}

export interface KubernetesExternalSecretsBodies {
  'k8s/ClusterSecretStore': Named<SecretStore>
  'k8s/ExternalSecret': Namespaced<ExternalSecret>
  'k8s/SecretStore': Namespaced<SecretStore>
}

// v1beta1 has the same fields as far as they stand here: its objects are the same ones.
const externalSecrets = { group: 'external-secrets.io', version: 'v1', alsoIn: ['v1beta1'], custom: true } as const

export const kubernetesExternalSecretsKinds: KindTable<KubernetesExternalSecretsBodies> = {
  'k8s/ClusterSecretStore': { ...externalSecrets, plural: 'clustersecretstores', namespaced: false },
  'k8s/ExternalSecret': { ...externalSecrets, plural: 'externalsecrets', namespaced: true },
  'k8s/SecretStore': { ...externalSecrets, plural: 'secretstores', namespaced: true },
}
