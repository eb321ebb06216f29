import { Unread } from '#base/errors.ts'
import { requirementsOf, type Labels, type LabelSelector } from '#joints/label-selector.ts'
import type { Workload } from '#joints/workloads.ts'
import type { Path } from '#model/place.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { annotation } from './service-account.ts'
import { seatsOf, skippedContainers } from './webhook.ts'
import type { IdentityWebhook } from './webhook-configuration.ts'

type Namespace = Resource<'k8s/Namespace'>

/** What keeps the webhook from a workload's pods. */
export type Skipping =
  | { readonly by: 'object-selector'; readonly webhook: IdentityWebhook; readonly key: string; readonly requirement: Path }
  | {
      readonly by: 'namespace-selector'
      readonly webhook: IdentityWebhook
      readonly key: string
      readonly requirement: Path
      readonly namespace: Namespace | undefined
    }
  | { readonly by: 'annotation' }

/**
 * Why no webhook touches the workload's new pods; undefined when one does. One that is called is enough.
 * @throws Unread when a selector needs labels of a namespace that was not read, or a condition is one that is not evaluated here.
 */
export function skippingOf(world: Reader<'k8s/Namespace'>, workload: Workload, webhooks: readonly IdentityWebhook[]): Skipping | undefined {
  const excluded: Skipping[] = []
  for (const webhook of webhooks) {
    const exclusion = exclusionBy(world, workload, webhook)
    if (exclusion === undefined) return namesAll(workload) ? { by: 'annotation' } : undefined
    excluded.push(exclusion)
  }
  return excluded[0]
}

function exclusionBy(world: Reader<'k8s/Namespace'>, workload: Workload, webhook: IdentityWebhook): Skipping | undefined {
  const { objectSelector, namespaceSelector, matchConditions } = webhook.webhook
  const byObject = firstFailing(objectSelector, workload.template.labels)
  if (byObject !== undefined)
    return { by: 'object-selector', webhook, key: byObject.key, requirement: [...webhook.path, 'objectSelector', ...byObject.path] }
  const inNamespace = namespaceSelector === undefined ? undefined : excludedNamespace(world, workload, namespaceSelector)
  if (inNamespace !== undefined) {
    const { key, path, namespace } = inNamespace
    return { by: 'namespace-selector', webhook, key, requirement: [...webhook.path, 'namespaceSelector', ...path], namespace }
  }
  if (matchConditions !== undefined && matchConditions.length > 0) {
    const reason = 'the webhook has matchConditions, which are not evaluated here'
    throw new Unread({
      kind: 'k8s/MutatingWebhookConfiguration',
      id: webhook.configuration.id,
      reason,
      settle: { by: 'user', step: 'create a pod with --dry-run=server and look for AWS_ROLE_ARN in it' },
    })
  }
  return undefined
}

const firstFailing = (selector: LabelSelector | undefined, labels: Labels) =>
  requirementsOf(selector).find(requirement => !requirement.holds(labels))

/** The API server gives every namespace this label. */
const nameLabel = 'kubernetes.io/metadata.name'

function excludedNamespace(world: Reader<'k8s/Namespace'>, workload: Workload, selector: LabelSelector) {
  const requirements = requirementsOf(selector)
  const needsLabels = requirements.some(requirement => requirement.key !== nameLabel)
  const namespace = needsLabels ? world.find('k8s/Namespace', workload.namespace, workload.resource.scope) : undefined
  const failing = firstFailing(selector, { [nameLabel]: workload.namespace, ...namespace?.body.metadata.labels })
  return failing === undefined ? undefined : { key: failing.key, path: failing.path, namespace }
}

/** Whether the pod's own annotation names every container. */
function namesAll({ template }: Workload): boolean {
  if (template.annotations[annotation.skipContainers] === undefined) return false
  const skipped = skippedContainers(template)
  return seatsOf(template.spec).every(({ container }) => skipped.has(container.name))
}
