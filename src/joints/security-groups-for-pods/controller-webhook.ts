import { Unread } from '#base/errors.ts'
import { requirementsOf, type LabelSelector, type Labels } from '#joints/label-selector.ts'
import type { Workload } from '#joints/workloads.ts'
import type { Kinds } from '#model/kinds.ts'
import type { Path } from '#model/place.ts'
import type { Evidence, Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'

type Configuration = Resource<'k8s/MutatingWebhookConfiguration'>

/** The webhook of the VPC resource controller that asks for interfaces, and where it stands in its configuration. */
export interface ControllerWebhook {
  readonly configuration: Configuration
  readonly webhook: NonNullable<Kinds['k8s/MutatingWebhookConfiguration']['webhooks']>[number]
  readonly path: Path
}

/** EKS names the configuration so, and the webhook as the published manifest does. https://github.com/aws/amazon-vpc-resource-controller-k8s/blob/master/config/webhook/manifests.yaml */
export const configurationName = 'vpc-resource-mutating-webhook'
const webhookName = 'mpod.vpc.k8s.aws'

/** @throws Unread when the configurations were not all read */
export const controllerWebhooks = (world: Reader<'k8s/MutatingWebhookConfiguration'>, cluster: string): readonly ControllerWebhook[] =>
  world
    .list('k8s/MutatingWebhookConfiguration', { cluster })
    .flatMap(configuration =>
      (configuration.body.webhooks ?? []).flatMap((webhook, index) =>
        webhook.name === webhookName || configuration.body.metadata.name === configurationName
          ? [{ configuration, webhook, path: ['webhooks', index] }]
          : [],
      ),
    )

/**
 * The places that keep the API server from calling the webhook for pods of the workload; undefined when it is called.
 * @throws Unread when a selector needs labels of a namespace that was not read, or a condition is one that is not evaluated here
 */
export function passedOver(
  world: Reader<'k8s/Namespace'>,
  workload: Workload,
  { configuration, webhook, path }: ControllerWebhook,
): readonly [Evidence, ...Evidence[]] | undefined {
  const byObject = firstFailing(webhook.objectSelector, workload.template.labels)
  if (byObject !== undefined) return [configuration.at([...path, 'objectSelector', ...byObject.path], 'the webhook selects pods by this')]
  const byNamespace = outsideNamespace(world, workload, webhook.namespaceSelector)
  if (byNamespace !== undefined)
    return [
      configuration.at([...path, 'namespaceSelector', ...byNamespace.path], 'the webhook selects namespaces by this'),
      ...(byNamespace.namespace === undefined ? [] : [byNamespace.namespace.at(['metadata', 'name'], 'and this one is not selected')]),
    ]
  if ((webhook.matchConditions ?? []).length === 0) return undefined
  throw new Unread({
    kind: configuration.kind,
    id: configuration.id,
    reason: 'the webhook has matchConditions, which are not evaluated here',
    settle: { by: 'user', step: 'create a pod with --dry-run=server and look for vpc.amazonaws.com/pod-eni in it' },
  })
}

const firstFailing = (selector: LabelSelector | undefined, labels: Labels) =>
  requirementsOf(selector).find(requirement => !requirement.holds(labels))

/** The API server gives every namespace this label. */
const nameLabel = 'kubernetes.io/metadata.name'

function outsideNamespace(world: Reader<'k8s/Namespace'>, workload: Workload, selector: LabelSelector | undefined) {
  const needsLabels = requirementsOf(selector).some(({ key }) => key !== nameLabel)
  const namespace = needsLabels ? world.find('k8s/Namespace', workload.namespace, workload.resource.scope) : undefined
  const failing = firstFailing(selector, { [nameLabel]: workload.namespace, ...namespace?.body.metadata.labels })
  return failing === undefined ? undefined : { path: failing.path, namespace }
}
