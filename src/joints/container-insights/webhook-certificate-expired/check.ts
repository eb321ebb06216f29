import { defineCheck } from '#joints/define.ts'
import type { Path } from '#model/place.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { caBundleEnd, caBundleFault, dayOf } from '../../irsa/ca-bundle.ts'
import { readTime } from '../world-clock.ts'

/** The chart gives its service this name in whatever namespace it stands. */
const service = 'amazon-cloudwatch-observability-webhook-service'
const soon = 30 * 24 * 60 * 60 * 1000

export default defineCheck({
  id: 'container-insights/webhook-certificate-expired',
  title: 'The certificate authority of the CloudWatch operator’s webhooks has expired, or does within 30 days',
  severity: 'medium',
  since: '0.1.0',
  subject: 'k8s/MutatingWebhookConfiguration',
  reads: [],
  sources: [
    'https://github.com/aws-observability/helm-charts/blob/main/charts/amazon-cloudwatch-observability/templates/admission-webhooks/operator-webhook.yaml',
    'https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/',
  ],

  test({ subject: configuration, world }) {
    const webhooks = (configuration.body.webhooks ?? []).flatMap(({ clientConfig, failurePolicy }, index) =>
      clientConfig.service?.name === service && clientConfig.caBundle !== undefined && clientConfig.caBundle !== ''
        ? [{ bundle: clientConfig.caBundle, failurePolicy, path: ['webhooks', index] satisfies Path }]
        : [],
    )
    if (webhooks.length === 0) return skip('it calls no webhook of the CloudWatch operator by a bundle of its own')
    const now = readTime(world)
    const faulty = webhooks.find(({ bundle }) => faultOf(bundle, now) !== undefined)
    const at = (path: Path, label: string) => configuration.at(path, label)
    if (faulty === undefined)
      return pass(...webhooks.slice(0, 1).map(({ path }) => at([...path, 'clientConfig', 'caBundle'], 'valid for more than 30 days')))
    const { bundle, failurePolicy, path } = faulty
    const fault = faultOf(bundle, now) ?? ''
    const isRefused = failurePolicy === 'Fail' || failurePolicy === undefined
    return fail({
      message: `webhook configuration ${configuration.id} calls the CloudWatch operator: ${fault}`,
      evidence: [
        at([...path, 'clientConfig', 'caBundle'], fault),
        ...(failurePolicy === undefined
          ? []
          : [at([...path, 'failurePolicy'], isRefused ? 'and whatever fails is refused' : 'and whatever fails is passed over')]),
      ],
      effect: isRefused
        ? 'Once it has expired the API server refuses what these webhooks are asked about: new pods, workloads or agents, as their rules say.'
        : 'Once it has expired the operator is asked about nothing: new pods get no instrumentation, and changes of its agents go unchecked. Nothing says so but the log of the API server.',
      help: 'helm upgrade makes authority and certificate anew; where EKS keeps the add-on, update it to another version. Then kubectl rollout restart deployment/amazon-cloudwatch-observability-controller-manager in its namespace.',
    })
  },
})

/** Why no API server trusts the bundle now, or will in 30 days. */
function faultOf(bundle: string, now: number): string | undefined {
  const fault = caBundleFault(bundle, new Date(now).toISOString())
  if (fault !== undefined) return fault
  const end = caBundleEnd(bundle)
  return end !== undefined && end < now + soon ? `its certificate expires on ${dayOf(end)}` : undefined
}
