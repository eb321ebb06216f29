import { eksCluster, whyNoCluster } from '#joints/clusters.ts'
import type { ChainStart } from '#joints/define.ts'
import type { Kinds } from '#model/kinds.ts'
import type { Path } from '#model/place.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { caBundleFault } from './ca-bundle.ts'

type Configuration = Resource<'k8s/MutatingWebhookConfiguration'>
export type Webhook = NonNullable<Kinds['k8s/MutatingWebhookConfiguration']['webhooks']>[number]

/** One webhook that injects AWS identities. */
export interface IdentityWebhook {
  readonly configuration: Configuration
  readonly webhook: Webhook
  /** Where it stands in the configuration. */
  readonly path: Path
}

/** EKS names it iam-for-pods.amazonaws.com in pod-identity-webhook; the published manifest pod-identity-webhook.amazonaws.com. */
const ownNames = ['pod-identity-webhook', 'iam-for-pods']
const isOwn = (name: string | undefined): boolean => name !== undefined && ownNames.some(own => name.includes(own))

/**
 * The webhooks of the cluster that inject AWS identities.
 * @throws Unread when the configurations were not all read.
 */
export function identityWebhooks(world: Reader<'k8s/MutatingWebhookConfiguration'>, cluster: string): readonly IdentityWebhook[] {
  return world
    .list('k8s/MutatingWebhookConfiguration', { cluster })
    .flatMap(configuration =>
      (configuration.body.webhooks ?? []).flatMap((webhook, index) =>
        isOwn(configuration.body.metadata.name) || isOwn(webhook.name) ? [{ configuration, webhook, path: ['webhooks', index] }] : [],
      ),
    )
}

/**
 * For the start of a chain in a cluster that was not itself read: the configurations that inject, which stand for it; or why nothing does.
 */
export function webhookStart(
  world: Reader<'aws/eks/Cluster' | 'k8s/MutatingWebhookConfiguration'>,
  cluster: string,
): Pick<ChainStart, 'through' | 'unread'> {
  if (eksCluster(world, cluster) !== undefined) return {}
  const seen = world
    .seen('k8s/MutatingWebhookConfiguration')
    .filter(
      ({ scope, body }) =>
        'cluster' in scope &&
        scope.cluster === cluster &&
        (isOwn(body.metadata.name) || (body.webhooks ?? []).some(({ name }) => isOwn(name))),
    )
  if (seen.length > 0) return { through: seen as readonly unknown[] as readonly Resource[] }
  return { unread: [{ kind: 'k8s/MutatingWebhookConfiguration', fact: whyNoCluster(world, cluster) }] }
}

/** The rule of the published manifest, and of EKS. */
export const createPods = { operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'], scope: '*' }

/** Whether a rule of the webhook covers the creation of pods. https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/ */
export const coversNewPods = ({ rules = [] }: Webhook): boolean =>
  rules.some(
    rule =>
      hasOneOf(rule.operations, 'CREATE', '*') &&
      hasOneOf(rule.apiGroups, '', '*') &&
      hasOneOf(rule.apiVersions, 'v1', '*') &&
      hasOneOf(rule.resources, 'pods', 'pods/*', '*', '*/*') &&
      rule.scope !== 'Cluster',
  )

const hasOneOf = (values: readonly string[] | undefined, ...wanted: readonly string[]): boolean =>
  wanted.some(value => values?.includes(value) === true)

/** What keeps the API server from calling the webhook with success, and where that stands. */
export interface WebhookFault {
  readonly is: 'rules' | 'ca-missing' | 'ca-awaited' | 'ca-unusable'
  readonly path: Path
  readonly what: string
}

/** Undefined when nothing in the configuration is in the way. Whether anything answers at its address is not in it. */
export function webhookFault({ configuration, webhook, path }: IdentityWebhook, readAt: string): WebhookFault | undefined {
  if (!coversNewPods(webhook)) {
    const rules = [...path, ...(webhook.rules === undefined ? ['name'] : ['rules'])]
    return { is: 'rules', path: rules, what: 'no rule here covers CREATE of pods' }
  }
  const { caBundle } = webhook.clientConfig
  const at = [...path, 'clientConfig']
  if (caBundle !== undefined && caBundle !== '') {
    const what = caBundleFault(caBundle, readAt)
    return what === undefined ? undefined : { is: 'ca-unusable', path: [...at, 'caBundle'], what }
  }
  if (isPubliclyNamed(webhook)) return undefined
  const isApplied = typeof configuration.body.metadata.uid === 'string'
  if (!isApplied && isInjectedLater(configuration))
    return { is: 'ca-awaited', path: at, what: 'cert-manager writes the caBundle once this is applied' }
  return { is: 'ca-missing', path: at, what: 'no caBundle, and no public authority signs for this address' }
}

/** Without a bundle the API server uses its system's roots, and those vouch for public host names only. */
function isPubliclyNamed({ clientConfig: { url } }: Webhook): boolean {
  const host = url === undefined ? undefined : URL.parse(url)?.hostname
  if (host === undefined || !host.includes('.') || /^[\d.]+$/.test(host)) return false
  return !/\.(?:svc|local|localhost|internal|cluster)$/.test(host)
}

/** cert-manager's CA injector, in its names of today and before. https://cert-manager.io/docs/concepts/ca-injector/ */
const isInjectedLater = ({ body: { metadata } }: Configuration): boolean =>
  Object.keys(metadata.annotations ?? {}).some(key => /^cert-?manager\.(?:io|k8s\.io)\/inject-/.test(key))
