import { podShape, type Workload } from '#joints/workloads.ts'
import { removing } from '#model/change.ts'
import type { Evidence, Resource } from '#model/resource.ts'
import type { Fix } from '#model/verdict.ts'
import { environmentOf } from '../irsa/identity.ts'
import { seatPath } from '../irsa/judged-shapes.ts'
import { mending } from '../irsa/replace-pods.ts'
import { skipWebhookLabel } from '../irsa/service-account.ts'
import { containerCredentialsVariables } from '../irsa/webhook.ts'
import type { Lack } from './injection.ts'

/** The label with which a template keeps the webhook away; EKS's configuration asks only whether it is there. */
export const skipLabelOf = ({ template }: Workload): string | undefined => template.labels[skipWebhookLabel]

const labelPath = ({ template }: Workload) => [...template.root, 'metadata', 'labels', skipWebhookLabel]

/** Where it shows: the variable that stands alone, else the container. */
export function lackEvidence(workload: Workload, pod: Resource<'k8s/Pod'> | undefined, lack: Lack | undefined): Evidence {
  const shape = pod === undefined ? workload.template : podShape(pod)
  if (lack === undefined) return shape.resource.at(labelPath(workload), 'the webhook passes over pods with this label')
  const environment = environmentOf(lack.seat.container)
  const names = lack.is === 'other-identity' ? ['AWS_ROLE_ARN'] : containerCredentialsVariables
  const defined = names.flatMap(name => environment.get(name) ?? []).at(-1)
  const path = seatPath(shape, lack.seat)
  if (lack.is === 'nothing-injected' || defined === undefined) return shape.resource.at([...path, 'name'], 'neither variable is set here')
  const labels = {
    'other-identity': 'injected for the annotation',
    'one-variable': 'set by hand',
    'no-token': 'no token is mounted there',
    audience: 'its token is for another audience',
  }
  return shape.resource.at([...path, 'env', defined.index, 'name'], labels[lack.is])
}

/** What is there for nothing else is taken out of the template. */
export function templateFix(workload: Workload, lack: Lack | undefined): Fix | undefined {
  const risk = `Pods of ${workload.name} are replaced, and use the association of their service account.`
  const { template } = workload
  const variable =
    lack === undefined ? undefined : containerCredentialsVariables.flatMap(name => environmentOf(lack.seat.container).get(name) ?? [])[0]
  const path = lack === undefined ? labelPath(workload) : [...seatPath(template, lack.seat), 'env', variable?.index ?? 0]
  const changes = mending(workload, [removing(template.resource, path)], [], risk)
  const what = lack === undefined ? `label ${skipWebhookLabel}` : `variable ${variable?.name ?? ''}`
  return changes === undefined ? undefined : { title: `remove ${what} from the pod template`, safe: false, changes }
}
