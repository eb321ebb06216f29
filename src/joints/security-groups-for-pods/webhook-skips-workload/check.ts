import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { controllerWebhooks, passedOver } from '../controller-webhook.ts'
import { selectedBy, workloadGroupKinds } from '../workload-groups.ts'

export default defineCheck({
  id: 'security-groups-for-pods/webhook-skips-workload',
  title: 'The webhook passes over a workload that a SecurityGroupPolicy selects',
  severity: 'critical',
  since: '0.1.0',
  subject: 'workload',
  reads: [...workloadGroupKinds, 'k8s/MutatingWebhookConfiguration', 'k8s/Namespace'],
  sources: [
    'https://github.com/aws/amazon-vpc-resource-controller-k8s/blob/master/config/webhook/manifests.yaml',
    'https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/',
  ],

  test({ subject: workload, world }) {
    const selected = selectedBy(world, workload)
    if (selected === undefined) return skip('no policy selects the workload')
    const webhooks = controllerWebhooks(world, workload.cluster)
    const [first] = webhooks
    if (first === undefined) return skip('the cluster has no such webhook: security-groups-for-pods/webhook-unhealthy speaks of it')
    const reasons = webhooks.map(webhook => passedOver(world, workload, webhook))
    const [reason] = reasons
    if (reason === undefined || reasons.includes(undefined))
      return pass(first.configuration.at([...first.path, 'name'], `nothing keeps it from pods of ${workload.name}`))
    const [policy] = selected.policies
    return fail({
      message: `webhook configuration ${first.configuration.id} passes over ${workload.name}, which policy ${policy.id} selects`,
      evidence: [
        ...reason,
        policy.at(['metadata', 'name'], 'this policy gives the pods their groups'),
        workload.template.resource.at(['metadata', 'name'], 'the webhook is not called for its pods'),
      ],
      effect: 'New pods are admitted without a request for an interface, and run with the groups of their node.',
      help: "Take the selector off the configuration: EKS's own has none, so that every pod is looked at. Then replace the pods.",
    })
  },
})
