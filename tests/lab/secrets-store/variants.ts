/** The namespace whose workloads are each broken in a way of its own, and one beside it. */
export const namespace = 'secrets-variants'
export const otherNamespace = 'secrets-variants-other'

/** The secret that every class mounts unless it is what the class is broken in. */
export const goodSecret = 'variants/login'
export const farRegion = 'eu-central-1'

type Json = Readonly<Record<string, unknown>>

/** A SecretProviderClass of the variant's own name. */
export interface VariantClass {
  readonly namespace?: string
  readonly parameters?: Readonly<Record<string, string>>
  readonly objects: readonly Json[]
  readonly secretObjects?: readonly Json[]
}

/** What was seen on the lab's node, and what that shows. */
export interface Happens {
  /** Whether the volume is mounted. */
  readonly mounted: boolean
  /** What events of the pod say, as the kubelet and the driver write it. */
  readonly says?: string
  /** What other events of the pod say, and what that points at. */
  readonly more?: readonly { readonly says: string; readonly symptom: Points | null }[]
}

/** One way in which a Deployment that mounts a secret is broken; its own name is that of its class. */
export interface Variant {
  readonly name: string
  readonly class?: VariantClass
  /** A service account; `reader` by default. Each has the role of its name, but `untrusted`, which has that of `reader`, and `roleless`. */
  readonly account?: string
  /** Changes the volume's `csi`. */
  readonly csi?: Json
  /** Changes the container. */
  readonly container?: Json
  readonly happens: Happens
  /** What the text points at; null: the registry does not know it, for the reason that `because` gives. */
  readonly symptom?: Points | null
  /** Where the chain of mounted secrets breaks. Undefined: it does not, or nobody could tell, for the reason that `because` gives. */
  readonly breaks?: Break
  /** The first link that nobody could tell, where it does not break. */
  readonly unknownAt?: string
  /** Where a chain of another joint breaks. */
  readonly elsewhere?: Break & { readonly joint: string }
  /** Why the text points elsewhere than the chain breaks, or why what is said and what happened differ. */
  readonly because?: string
}

/** A symptom of the registry and the link that it points at; whether the text hides what went wrong. */
export interface Points {
  readonly id: string
  readonly link: string
  readonly hides?: boolean
}

export interface Break {
  readonly link: string
  readonly check: string
}

const masked = (secret: string) =>
  `Failed to fetch secret from all regions. Verify secret exists and required permissions are granted for: ${secret}`
const maskedBecause = 'the provider tells everything that the SDK has no type for as one text, and the cause in its log alone'
const noRegion = { id: 'no-region-answered', link: 'permission', hides: true } as const

export const secret = (objectName: string, more: Json = {}): Json => ({ objectName, objectType: 'secretsmanager', ...more })
export const classOf = (...objects: readonly Json[]): VariantClass => ({ objects })
export const goodClass = classOf(secret(goodSecret, { objectAlias: 'login' }))

const denied = (name: string, account: string, mounted: string): Variant => ({
  name,
  account,
  class: classOf(secret(mounted)),
  happens: { mounted: false, says: masked(mounted) },
  symptom: noRegion,
  breaks: { link: 'permission', check: 'secrets-store/read-denied' },
})

const invalid = (name: string, id: string, says: string, given: VariantClass): Variant => ({
  name,
  class: given,
  happens: { mounted: false, says },
  symptom: { id, link: 'class' },
  breaks: { link: 'class', check: 'secrets-store/class-invalid' },
})

export const variable = (name: string, key: string): Json => ({
  env: [{ name: 'VALUE', valueFrom: { secretKeyRef: { name, key } } }],
})
export const synced = (secretName: string, objectName: string): Json => ({
  secretName,
  type: 'Opaque',
  data: [{ objectName, key: 'value' }],
})

/** All of them live side by side on a node that mounts secrets as it should. */
export const variants: readonly Variant[] = [
  {
    name: 'no-class',
    happens: { mounted: false, says: `failed to get secretproviderclass ${namespace}/no-class` },
    symptom: { id: 'class-missing', link: 'class' },
    breaks: { link: 'class', check: 'secrets-store/class-missing' },
  },
  {
    name: 'class-elsewhere',
    class: { namespace: otherNamespace, ...goodClass },
    happens: { mounted: false, says: `failed to get secretproviderclass ${namespace}/class-elsewhere` },
    symptom: { id: 'class-missing', link: 'class' },
    breaks: { link: 'class', check: 'secrets-store/class-missing' },
  },
  invalid('type-unknown', 'object-type-unknown', 'Invalid objectType: secret', classOf({ objectName: goodSecret, objectType: 'secret' })),
  invalid('alias-twice', 'alias-twice', 'found duplicate object alias same', {
    objects: [secret(goodSecret, { objectAlias: 'same' }), secret('variants/open', { objectAlias: 'same' })],
  }),
  invalid(
    'region-of-arn',
    'object-region-differs',
    'ARN region must match region eu-west-1',
    classOf({ objectName: `arn:aws:secretsmanager:${farRegion}:111122223333:secret:variants/login-AbCdEf` }),
  ),
  invalid('no-objects', 'provider-answer-incomplete', 'missing object versions', { objects: [] }),
  {
    name: 'not-read-only',
    class: goodClass,
    csi: { readOnly: false },
    happens: { mounted: false, says: 'Readonly is not true in request' },
    symptom: { id: 'volume-not-read-only', link: 'volume' },
    breaks: { link: 'volume', check: 'secrets-store/volume-incomplete' },
  },
  {
    name: 'class-unnamed',
    csi: { volumeAttributes: { other: 'x' } },
    happens: { mounted: false, says: 'secretProviderClass is not set' },
    symptom: { id: 'class-not-named', link: 'volume' },
    breaks: { link: 'volume', check: 'secrets-store/volume-incomplete' },
  },
  {
    name: 'no-role',
    class: goodClass,
    account: 'roleless',
    happens: { mounted: false, says: `An IAM role must be associated with service account roleless (namespace: ${namespace})` },
    symptom: { id: 'role-not-annotated', link: 'identity' },
    breaks: { link: 'identity', check: 'secrets-store/identity-missing' },
  },
  {
    name: 'pod-identity-asked',
    class: { ...goodClass, parameters: { usePodIdentity: 'true' } },
    happens: { mounted: false, says: 'failed to get AWS config from pod identity agent' },
    symptom: { id: 'agent-unreachable', link: 'identity' },
    breaks: { link: 'identity', check: 'secrets-store/identity-mode-differs' },
  },
  {
    name: 'pod-identity-none',
    class: { ...goodClass, parameters: { usePodIdentity: 'true' } },
    account: 'roleless',
    happens: { mounted: false, says: 'failed to get AWS config from pod identity agent' },
    symptom: { id: 'agent-unreachable', link: 'identity' },
    breaks: { link: 'identity', check: 'secrets-store/identity-missing' },
  },
  denied('not-allowed', 'blind', goodSecret),
  denied('denied-by-secret', 'reader', 'variants/closed'),
  {
    name: 'key-closed',
    class: classOf(secret('variants/encrypted')),
    happens: { mounted: true },
    breaks: { link: 'key', check: 'secrets-store/key-not-usable' },
    because: 'the emulated Secrets Manager does not ask KMS whether the caller may decrypt',
  },
  {
    name: 'no-secret',
    class: classOf(secret('variants/absent')),
    happens: { mounted: false, says: 'eu-west-1: Failed fetching secret variants/absent' },
    symptom: { id: 'secret-missing', link: 'secret' },
    breaks: { link: 'secret', check: 'secrets-store/secret-missing' },
  },
  {
    name: 'secret-deleted',
    class: classOf(secret('variants/deleted')),
    happens: { mounted: false, says: 'marked for deletion' },
    symptom: { id: 'secret-deleted', link: 'secret' },
    breaks: { link: 'secret', check: 'secrets-store/secret-scheduled-for-deletion' },
  },
  {
    name: 'label-absent',
    class: classOf(secret(goodSecret, { objectVersionLabel: 'BLUE' })),
    happens: { mounted: false, says: "Secrets Manager can't find the specified secret value for staging label: BLUE" },
    symptom: { id: 'version-missing', link: 'secret' },
    breaks: { link: 'secret', check: 'secrets-store/secret-version-missing' },
  },
  {
    name: 'no-parameter',
    class: classOf({ objectName: '/variants/absent', objectType: 'ssmparameter' }),
    happens: { mounted: false, says: 'eu-west-1: invalid parameters: /variants/absent' },
    symptom: { id: 'parameter-missing', link: 'secret' },
    breaks: { link: 'secret', check: 'secrets-store/parameter-missing' },
  },
  {
    name: 'value-path-wrong',
    class: classOf(secret(goodSecret, { jmesPath: [{ path: 'pass-word', objectAlias: 'password' }] })),
    happens: { mounted: false, says: masked(goodSecret) },
    symptom: noRegion,
    breaks: { link: 'files', check: 'secrets-store/value-path-invalid' },
    because: maskedBecause,
  },
  {
    name: 'synced-name-wrong',
    class: { ...goodClass, secretObjects: [synced('synced-name-wrong', goodSecret)] },
    container: variable('synced-name-wrong', 'value'),
    happens: {
      mounted: true,
      says: 'secret "synced-name-wrong" not found',
      more: [
        {
          says: `file matching objectName ${goodSecret} not found in the pod`,
          symptom: { id: 'synced-file-missing', link: 'synced-secret' },
        },
      ],
    },
    symptom: { id: 'secret-not-made', link: 'synced-secret' },
    breaks: { link: 'synced-secret', check: 'secrets-store/synced-secret-incomplete' },
  },
  {
    name: 'synced-key-other',
    class: { ...goodClass, secretObjects: [synced('synced-key-other', 'login')] },
    container: variable('synced-key-other', 'password'),
    happens: { mounted: true, says: "couldn't find key password in Secret" },
    symptom: { id: 'key-of-secret-missing', link: 'synced-secret' },
    breaks: { link: 'synced-secret', check: 'secrets-store/synced-key-missing' },
  },
  {
    name: 'untrusted',
    class: goodClass,
    account: 'untrusted',
    happens: { mounted: false, says: masked(goodSecret) },
    symptom: noRegion,
    breaks: { link: 'identity', check: 'secrets-store/role-refuses-provider' },
    elsewhere: { joint: 'irsa', link: 'trust', check: 'irsa/trust-does-not-match' },
    because: maskedBecause,
  },
]

/** What mounts and what makes of it what it should. */
export const healthy: readonly Variant[] = [
  { name: 'healthy', class: goodClass, happens: { mounted: true } },
  {
    name: 'healthy-synced',
    class: { ...goodClass, secretObjects: [synced('healthy-synced', 'login')] },
    container: variable('healthy-synced', 'value'),
    happens: { mounted: true },
  },
]
