import { isRecord } from '#iam/document.ts'
import { merged, valuesOf } from '#joints/addon-proposals.ts'
import { parseVersion } from '#joints/container-image.ts'
import { observability } from '#joints/component-versions/container-insights.ts'
import { does } from '#joints/component-versions/define.ts'
import { defineCheck } from '#joints/define.ts'
import { setting, targetOf } from '#model/change.ts'
import { valueAt } from '#model/place.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { isObservability } from '../addon.ts'

const path = ['manager', 'applicationSignals', 'autoMonitor', 'monitorAllServices']
/** Where the chart leaves it off by itself. */
const notOffered = /^(?:ap-east-2|ap-southeast-6|cn-|[a-z-]*-iso[a-z]*-)/

export default defineCheck({
  id: 'container-insights/instrumentation-not-chosen',
  title: 'Workloads are instrumented since a version of the add-on does so by default, and nobody chose it',
  severity: 'info',
  since: '0.1.0',
  subject: 'aws/eks/Addon',
  reads: [],
  sources: [
    'https://github.com/aws-observability/helm-charts/blob/main/RELEASE_NOTES',
    'https://github.com/aws-observability/helm-charts/blob/main/charts/amazon-cloudwatch-observability/templates/_helpers.tpl',
    'https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/install-CloudWatch-Observability-EKS-addon.html',
  ],

  test({ subject: addon }) {
    if (!isObservability(addon)) return skip('the add-on has nothing to do with Container Insights')
    const { addonVersion, addonName, clusterName } = addon.body
    const version = addonVersion === undefined ? undefined : parseVersion(addonVersion)
    if (version === undefined) return skip('the add-on does not tell its version')
    if (!does(observability, version, 'instruments-all')) return skip('this version instruments what is asked for')
    const values = valuesOf(addon)
    if (notOffered.test(addon.id.split(':')[3] ?? '')) return skip('Application Signals is off in this region by default')
    if (valueAt(values, path) !== undefined || valueAt(values, ['applicationSignals', 'enabled']) === false)
      return pass(addon.at(['configurationValues'], 'it says whether all services are instrumented'))
    if (Array.isArray(values['agents'])) return skip('agents of its own are configured')
    if (takesNoSignals(valueAt(values, ['agent', 'config']))) return skip('its agent takes no Application Signals')
    const off = merged(values, { manager: { applicationSignals: { autoMonitor: { monitorAllServices: false } } } })
    return fail({
      message: `add-on ${addonName} of cluster ${clusterName} instruments every service, since ${addonVersion} does so by default`,
      evidence: [
        addon.at(['addonVersion'], 'from 5.0.0 on, Application Signals is on for all services'),
        ...(addon.body.configurationValues === undefined ? [] : [addon.at(['configurationValues'], 'which this does not say')]),
      ],
      effect:
        'Java, Python, Node.js and .NET pods behind a Service get an agent of OpenTelemetry at their next restart, beside one that they may have, and CloudWatch charges for what they send.',
      fix: {
        title: `instrument no service of cluster ${clusterName} unasked`,
        safe: false,
        changes: [
          {
            target: targetOf(addon),
            edit: setting(addon, ['configurationValues'], JSON.stringify(off)),
            permissions: ['eks:UpdateAddon', 'eks:DescribeAddon'],
            risk: 'Services that rely on Application Signals lose their metrics and traces at their next restart: then say true in its place.',
          },
        ],
      },
    })
  },
})

/** A configuration of the agent replaces that of the chart: without a section for them no signals arrive, and the chart leaves instrumentation off. */
const takesNoSignals = (config: unknown): boolean =>
  isRecord(config) &&
  ![
    ['logs', 'metrics_collected'],
    ['traces', 'traces_collected'],
  ].some(section => isRecord(valueAt(config, section)) && 'application_signals' in (valueAt(config, section) as object))
