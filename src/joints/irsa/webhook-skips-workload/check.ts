import { defineCheck } from '#joints/define.ts'
import type { Workload } from '#joints/workloads.ts'
import { removing } from '#model/change.ts'
import type { Evidence } from '#model/resource.ts'
import { fail, pass, skip, type Fix } from '#model/verdict.ts'
import { mending } from '../replace-pods.ts'
import { annotation, annotationPath, roleArnOf, skipWebhookLabel } from '../service-account.ts'
import { skippingOf, type Skipping } from '../skipped-workload.ts'
import { identityWebhooks } from '../webhook-configuration.ts'
import { serviceAccountOf } from '../workload-service-account.ts'

export default defineCheck({
  id: 'irsa/webhook-skips-workload',
  title: 'The webhook passes over a workload whose service account asks for a role',
  severity: 'medium',
  since: '0.1.0',
  subject: 'workload',
  reads: ['k8s/ServiceAccount', 'k8s/MutatingWebhookConfiguration', 'k8s/Namespace'],
  sources: [
    'https://github.com/aws/amazon-eks-pod-identity-webhook#readme',
    'https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/',
  ],

  test({ subject: workload, world }) {
    const serviceAccount = serviceAccountOf(world, workload)
    if (serviceAccount === undefined) return skip('the service account does not exist')
    if (roleArnOf(serviceAccount) === undefined) return skip('the service account asks for no role')
    const webhooks = identityWebhooks(world, workload.cluster)
    const [first] = webhooks
    if (first === undefined) return skip('the cluster has no webhook that injects credentials')
    const skipping = skippingOf(world, workload, webhooks)
    if (skipping === undefined)
      return pass(first.configuration.at([...first.path, 'name'], `nothing keeps it from pods of ${workload.name}`))

    const fix = unskip(workload, skipping)
    return fail({
      message: `the pod identity webhook passes over ${workload.name}, whose service account ${serviceAccount.id} asks for a role`,
      evidence: [...evidenceOf(workload, skipping), serviceAccount.at(annotationPath(annotation.roleArn), 'this role is asked for')],
      effect: 'New pods are admitted without variables and token, so they get no AWS credentials, or those of their node.',
      ...(fix === undefined
        ? {
            help: 'Change the selector or the labels so that they match, or take the role from the service account if the pods are not to have it.',
          }
        : { fix }),
    })
  },
})

const skipPath = ({ template }: Workload) => [...template.root, ...annotationPath(annotation.skipContainers)]
const labelPath = ({ template }: Workload, key: string) => [...template.root, 'metadata', 'labels', key]

function evidenceOf(workload: Workload, skipping: Skipping): readonly [Evidence, ...Evidence[]] {
  const { resource, labels } = workload.template
  if (skipping.by === 'annotation') return [resource.at(skipPath(workload), 'every container is named here')]
  const { configuration } = skipping.webhook
  const { key } = skipping
  const selector = configuration.at(skipping.requirement, 'the webhook selects by this')
  if (skipping.by === 'object-selector')
    return key in labels ? [resource.at(labelPath(workload, key), 'this label keeps the webhook away'), selector] : [selector]
  const { namespace } = skipping
  const isLabelled = namespace?.body.metadata.labels?.[key] !== undefined
  return namespace === undefined
    ? [selector]
    : [selector, namespace.at(['metadata', isLabelled ? 'labels' : 'name'], 'and this namespace is not selected')]
}

/** Only what is there for nothing else is taken away: other labels have other uses. */
function unskip(workload: Workload, skipping: Skipping): Fix | undefined {
  if (skipping.by === 'namespace-selector' || (skipping.by === 'object-selector' && skipping.key !== skipWebhookLabel)) return undefined
  const isLabel = skipping.by === 'object-selector'
  const path = isLabel ? labelPath(workload, skipping.key) : skipPath(workload)
  const risk = `Pods of ${workload.name} are replaced, and get the identity that their service account asks for.`
  const changes = mending(workload, [removing(workload.template.resource, path)], [], risk)
  return changes === undefined
    ? undefined
    : { title: `remove ${isLabel ? 'the label' : 'the annotation'} from the pod template`, safe: false, changes }
}
