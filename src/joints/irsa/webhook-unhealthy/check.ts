import { Unread } from '#base/errors.ts'
import { defineCheck } from '#joints/define.ts'
import { eksCluster } from '#joints/clusters.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { identityWebhooks, webhookFault } from '../webhook-configuration.ts'
import { effectOf, rulesFix } from '../webhook-repair.ts'

export default defineCheck({
  id: 'irsa/webhook-unhealthy',
  title: 'The API server cannot have credentials injected into pods',
  severity: 'high',
  since: '0.1.0',
  // Where the cluster itself was not read, its webhook configuration stands for it.
  subject: ['aws/eks/Cluster', 'k8s/MutatingWebhookConfiguration'],
  reads: [],
  sources: [
    'https://github.com/aws/amazon-eks-pod-identity-webhook/blob/master/deploy/mutatingwebhook.yaml',
    'https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/',
  ],

  test({ subject, world }) {
    const cluster = subject.kind === 'aws/eks/Cluster' ? subject : undefined
    const name = cluster?.body.name ?? ('cluster' in subject.scope ? subject.scope.cluster : '')
    if (cluster === undefined && eksCluster(world, name) !== undefined) return skip('the cluster itself is judged')
    const [first, ...others] = identityWebhooks(world, name)
    if (cluster === undefined && first?.configuration.id !== subject.id)
      return skip('another configuration injects AWS credentials, or none')
    if (first === undefined) {
      return fail({
        message: `cluster ${name} has no webhook configuration that injects AWS credentials`,
        evidence: [subject.at(['name'], 'no pod-identity-webhook among its MutatingWebhookConfigurations')],
        effect: effectOf(undefined),
        help: "Apply the configuration again with the cluster's own certificate authority as caBundle, or ask AWS support to restore it.",
      })
    }
    if (world.readAt === undefined)
      throw new Unread({
        kind: first.configuration.kind,
        reason: 'the world does not say when it was read, so certificates cannot be dated',
        settle: { by: 'user', step: 'add readAt to the first document of the snapshot' },
      })
    const judged = [first, ...others].map(webhook => ({ webhook, fault: webhookFault(webhook, world.readAt ?? '') }))
    const healthy = judged.find(item => item.fault === undefined)?.webhook
    if (healthy !== undefined) return pass(healthy.configuration.at([...healthy.path, 'name'], 'called for every new pod'))

    const { webhook, fault } = judged[0] ?? {}
    if (webhook === undefined || fault === undefined) throw new Error('a webhook is healthy or has a fault')
    if (fault.is === 'ca-awaited')
      throw new Unread({
        kind: webhook.configuration.kind,
        id: webhook.configuration.id,
        reason: fault.what,
        settle: { by: 'user', step: 'read the live cluster' },
      })
    const { configuration } = webhook
    return fail({
      message: `webhook configuration ${configuration.id} of cluster ${name} does not work: ${fault.what}`,
      evidence: [configuration.at(fault.path, fault.what)],
      effect: effectOf(fault.is === 'rules' ? undefined : webhook),
      ...(fault.is === 'rules'
        ? { fix: rulesFix(webhook) }
        : {
            help: "Set caBundle to the certificate authority that signs the webhook's certificate, base64 of PEM. On EKS that is the cluster's own.",
          }),
    })
  },
})
