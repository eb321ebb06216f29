import { Unread } from '#base/errors.ts'
import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip, type Fix } from '#model/verdict.ts'
import { webhookFault } from '../../irsa/webhook-configuration.ts'
import { rulesFix } from '../../irsa/webhook-repair.ts'
import { configurationName, controllerWebhooks, type ControllerWebhook } from '../controller-webhook.ts'

const open =
  'Pods are admitted without a request for an interface, and nothing says so: those that a policy selects run with the groups of their node.'
const closed = 'The API server refuses every new pod, because the call fails and failures of this webhook are not ignored.'

export default defineCheck({
  id: 'security-groups-for-pods/webhook-unhealthy',
  title: 'The API server cannot ask for branch interfaces for pods',
  severity: 'critical',
  since: '0.1.0',
  subject: 'aws/eks/Cluster',
  reads: ['k8s/MutatingWebhookConfiguration'],
  sources: [
    'https://github.com/aws/amazon-vpc-resource-controller-k8s/blob/master/webhooks/core/pod_webhook.go',
    'https://github.com/aws/amazon-vpc-resource-controller-k8s/blob/master/config/webhook/manifests.yaml',
    'https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/',
  ],

  test({ subject: cluster, world }) {
    if (cluster.body.computeConfig?.enabled === true) return skip('EKS Auto Mode makes the interfaces of its pods by itself')
    const [first, ...others] = controllerWebhooks(world, cluster.body.name)
    if (first === undefined)
      return fail({
        message: `cluster ${cluster.body.name} has no webhook that asks for branch interfaces`,
        evidence: [cluster.at(['name'], `no ${configurationName} among its MutatingWebhookConfigurations`)],
        effect: open,
        help: 'EKS makes this configuration with the cluster: ask AWS support to restore it. Replace the pods afterwards, since groups are given to new pods only.',
      })
    if (world.readAt === undefined)
      throw new Unread({
        kind: first.configuration.kind,
        reason: 'the world does not say when it was read, so certificates cannot be dated',
        settle: { by: 'user', step: 'add readAt to the first document of the snapshot' },
      })
    const judged = [first, ...others].map(webhook => ({ webhook, fault: webhookFault(webhook, world.readAt ?? '') }))
    const healthy = judged.find(({ fault }) => fault === undefined)?.webhook
    if (healthy !== undefined) return pass(healthy.configuration.at([...healthy.path, 'name'], 'called for every new pod'))

    const { webhook, fault } = judged[0] ?? {}
    if (webhook === undefined || fault === undefined) throw new Error('a webhook is healthy or has a fault')
    const { configuration, path } = webhook
    const ignores = webhook.webhook.failurePolicy === 'Ignore'
    return fail({
      message: `webhook configuration ${configuration.id} of cluster ${cluster.body.name} does not work: ${fault.what}`,
      evidence: [
        configuration.at(fault.path, fault.what),
        ...(ignores ? [configuration.at([...path, 'failurePolicy'], 'and whatever fails is ignored')] : []),
      ],
      effect: fault.is === 'rules' || ignores ? open : closed,
      ...(fault.is === 'rules'
        ? { fix: callingForPods(webhook) }
        : {
            help: 'Set caBundle to the certificate authority of the cluster, base64 of PEM, as eks:DescribeCluster gives it; then replace the pods.',
          }),
    })
  },
})

function callingForPods(webhook: ControllerWebhook): Fix {
  const fix = rulesFix(webhook)
  const risk = 'New pods that a policy selects ask for a branch interface, and wait while no node has one free.'
  return { ...fix, changes: fix.changes.map(change => ({ ...change, risk })) }
}
