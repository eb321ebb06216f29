import { trustOf, trustWith, type Account } from './account.ts'
import type { PodParts } from './workloads.ts'

/** What one broken variant may speak of. Its service account, its role and its Deployment all have its name. */
export interface Place {
  readonly namespace: string
  readonly name: string
  readonly account: Account
  /** An account without a provider for the cluster. */
  readonly stranger: Account
  readonly roleArn: string
}

type Annotations = Readonly<Record<string, string>>

/** One way to break a chain, and the one finding that tells it. What is left out is as in a chain that holds. */
export interface Broken {
  readonly name: string
  readonly check: string
  readonly link: string
  /** Whom the finding is about; the service account unless it says `workload`. */
  readonly subject?: 'workload' | 'service account'
  readonly trust?: (place: Place) => readonly object[] | undefined
  /** Annotations of the service account; undefined: there is none. */
  readonly annotations?: (place: Place) => Annotations | undefined
  readonly pod?: (place: Place) => PodParts
  /** Annotations that the service account gets once its pods are there. */
  readonly later?: (place: Place) => Annotations
  /** The API server makes no pod of it. */
  readonly podless?: boolean
}

const roleKey = 'eks.amazonaws.com/role-arn'
const subjectOf = ({ namespace, name }: Place, otherNamespace = namespace) => `system:serviceaccount:${otherNamespace}:${name}`
const trustSubject = (place: Place, subject: string) =>
  trustWith(place.account, { StringEquals: { [`${place.account.issuerKey}:sub`]: subject } })
/** Another cluster's issuer: the same host, another id. */
const otherIssuer = (issuerKey: string) => issuerKey.replace(/[0-9A-F]{32}$/, 'D'.repeat(32))

const staticKeys = [
  { name: 'AWS_ACCESS_KEY_ID', value: 'not-a-real-id' },
  { name: 'AWS_SECRET_ACCESS_KEY', value: 'not-a-real-key' },
]

/** A container that defines these three itself gets no mount from the webhook, as EKS's own leaves it. */
const predefined = (roleArn: string) => [
  { name: 'AWS_ROLE_ARN', value: roleArn },
  { name: 'AWS_REGION', value: 'eu-west-1' },
  { name: 'AWS_STS_REGIONAL_ENDPOINTS', value: 'regional' },
]

/** All that the webhook would add, by hand. */
const ownToken = (roleArn: string, audience: string): PodParts => ({
  container: {
    env: [
      { name: 'AWS_ROLE_ARN', value: roleArn },
      { name: 'AWS_WEB_IDENTITY_TOKEN_FILE', value: '/var/run/aws/token' },
    ],
    volumeMounts: [{ name: 'aws-token', mountPath: '/var/run/aws' }],
  },
  spec: { volumes: [{ name: 'aws-token', projected: { sources: [{ serviceAccountToken: { audience, path: 'token' } }] } }] },
})

/** Every check of the joint that a real API server, its webhook and the lab's AWS can be made to break; several variants of some. */
export const broken: readonly Broken[] = [
  {
    name: 'annotation-key',
    check: 'irsa/annotation-typo',
    link: 'service-account',
    annotations: ({ roleArn }) => ({ 'eks.amazon.com/role-arn': roleArn }),
  },
  {
    name: 'annotation-place',
    check: 'irsa/annotation-misplaced',
    link: 'service-account',
    subject: 'workload',
    annotations: () => ({}),
    pod: ({ roleArn }) => ({ annotations: { [roleKey]: roleArn } }),
  },
  {
    name: 'account-absent',
    check: 'irsa/service-account-missing',
    link: 'service-account',
    subject: 'workload',
    annotations: () => undefined,
    podless: true,
  },
  {
    name: 'arn-space',
    check: 'irsa/role-arn-malformed',
    link: 'service-account',
    annotations: ({ roleArn }) => ({ [roleKey]: `${roleArn} ` }),
  },
  {
    name: 'arn-digits',
    check: 'irsa/role-arn-malformed',
    link: 'service-account',
    annotations: ({ roleArn, account }) => ({ [roleKey]: roleArn.replace(account.id, `${account.id}0`) }),
  },
  {
    name: 'skip-label',
    check: 'irsa/webhook-skips-workload',
    link: 'webhook',
    subject: 'workload',
    pod: () => ({ labels: { 'eks.amazonaws.com/skip-pod-identity-webhook': 'true' } }),
  },
  {
    name: 'skip-containers',
    check: 'irsa/webhook-skips-workload',
    link: 'webhook',
    subject: 'workload',
    pod: () => ({ annotations: { 'eks.amazonaws.com/skip-containers': 'app' } }),
  },
  {
    name: 'late-annotation',
    check: 'irsa/pod-not-mutated',
    link: 'injection',
    subject: 'workload',
    annotations: () => ({}),
    later: ({ roleArn }) => ({ [roleKey]: roleArn }),
  },
  {
    name: 'moved',
    check: 'irsa/pod-identity-stale',
    link: 'injection',
    subject: 'workload',
    annotations: ({ roleArn }) => ({ [roleKey]: `${roleArn}-before` }),
    later: ({ roleArn }) => ({ [roleKey]: roleArn }),
  },
  {
    name: 'half-injected',
    check: 'irsa/injection-partial',
    link: 'injection',
    subject: 'workload',
    pod: ({ roleArn }) => ({ container: { env: predefined(roleArn) } }),
  },
  {
    name: 'own-token',
    check: 'irsa/token-audience-mismatch',
    link: 'token',
    subject: 'workload',
    annotations: () => ({}),
    pod: ({ roleArn }) => ownToken(roleArn, 'vault.example'),
  },
  {
    name: 'static-keys',
    check: 'irsa/identity-shadowed',
    link: 'credentials',
    subject: 'workload',
    pod: () => ({ container: { env: staticKeys } }),
  },
  {
    name: 'no-provider',
    check: 'irsa/provider-missing',
    link: 'provider',
    annotations: ({ stranger, namespace, name }) => ({ [roleKey]: stranger.roleArn(`${namespace}-${name}`) }),
  },
  {
    name: 'other-audience',
    check: 'irsa/provider-audience-missing',
    link: 'provider',
    annotations: ({ roleArn }) => ({ [roleKey]: roleArn, 'eks.amazonaws.com/audience': 'vault.example' }),
    trust: place => [trustSubject(place, subjectOf(place))],
  },
  { name: 'no-role', check: 'irsa/role-missing', link: 'role', trust: () => undefined },
  {
    name: 'other-namespace',
    check: 'irsa/trust-does-not-match',
    link: 'trust',
    trust: place => [trustSubject(place, subjectOf(place, 'elsewhere'))],
  },
  {
    name: 'denied',
    check: 'irsa/trust-does-not-match',
    link: 'trust',
    trust: place => [trustOf(place.account, place.namespace, place.name), { ...trustSubject(place, subjectOf(place)), Effect: 'Deny' }],
  },
  {
    name: 'other-action',
    check: 'irsa/trust-action-mismatch',
    link: 'trust',
    trust: ({ account, namespace, name }) => [{ ...trustOf(account, namespace, name), Action: 'sts:AssumeRole' }],
  },
  {
    name: 'key-issuer',
    check: 'irsa/trust-wrong-issuer',
    link: 'trust',
    trust: place => [trustWith(place.account, { StringEquals: { [`${otherIssuer(place.account.issuerKey)}:sub`]: subjectOf(place) } })],
  },
  {
    name: 'principal-issuer',
    check: 'irsa/trust-wrong-issuer',
    link: 'trust',
    trust: place => [
      {
        ...trustSubject(place, subjectOf(place)),
        Principal: { Federated: otherIssuer(place.account.providerArn) },
      },
    ],
  },
  {
    name: 'swapped-keys',
    check: 'irsa/trust-subject-under-audience',
    link: 'trust',
    trust: place => [trustWith(place.account, { StringEquals: { [`${place.account.issuerKey}:aud`]: subjectOf(place) } })],
  },
  {
    name: 'literal-star',
    check: 'irsa/trust-literal-wildcard',
    link: 'trust',
    trust: place => [trustSubject(place, `system:serviceaccount:${place.namespace}:*`)],
  },
]

/** A break of the whole cluster, which `live-scan.test.ts` makes on its own. */
export const clusterWide: readonly string[] = ['irsa/webhook-unhealthy']

/** Breaks of what stands around accounts and VPCs, which `perimeter.test.ts` makes. */
export const inPerimeter: readonly string[] = ['irsa/resource-control-denies-token', 'irsa/sts-endpoint-denies-token']

/** Checks of the joint that no live world of the lab can break, and why. */
export const notLive: Readonly<Record<string, string>> = {
  'irsa/issuer-missing': 'the lab describes every EKS cluster with an issuer, as EKS does outside of Outposts',
  'irsa/token-expiration-ignored': 'nothing of it shows in a cluster without kubelets',
  'irsa/sts-unreachable': 'it judges clusters without a public endpoint, and ministack cannot take that of the lab away',
  'irsa/sts-connection-denied': "the lab has no VPC between its pods and STS; fixtures and the network engine's own tests show it",
  'irsa/session-name-invalid': 'the emulated STS takes every session name',
}
