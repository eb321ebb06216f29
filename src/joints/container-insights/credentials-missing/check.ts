import { accessKinds } from '#joints/access.ts'
import { mechanismKinds } from '#joints/access-mechanism.ts'
import { workloadMechanisms } from '#joints/access-workload.ts'
import { defineCheck } from '#joints/define.ts'
import { sessionToldBy } from '#joints/session-links.ts'
import { workloadKinds } from '#joints/workloads.ts'
import { fail, pass, skip, unknown } from '#model/verdict.ts'
import { settled } from '../../secrets-store/settled.ts'
import { shipperOf, signalText } from '../shippers.ts'

export default defineCheck({
  id: 'container-insights/credentials-missing',
  title: 'A shipper of Container Insights gets no AWS credentials',
  severity: 'critical',
  since: '0.1.0',
  subject: 'workload',
  reads: [...new Set([...workloadKinds, ...mechanismKinds, ...accessKinds] as const)],
  sources: [
    'https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/ContainerInsights-troubleshooting.html',
    'https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html',
  ],

  test({ subject: workload, world }) {
    const shipper = shipperOf(workload)
    if (shipper === undefined) return skip('the workload is no shipper of Container Insights')
    return settled(
      workloadMechanisms(world, workload),
      ({ by, session, steps }) => {
        if (session.is === 'unknown') return unknown(session.fact)
        if (session.is === 'holds') return pass(...steps.flatMap(({ at }) => at ?? []).slice(-1))
        const account = `${workload.namespace}/${workload.serviceAccountName}`
        const last = steps.findLast(({ at }) => at !== undefined)?.at
        const asks = shipper.at(['image'], `${signalText[shipper.signal]} asks AWS from here`)
        const [deciding = asks, ...more] = [...session.at, ...(last === undefined ? [] : [last])]
        return fail({
          message: `${workload.name} in ${workload.namespace} ${by === 'none' ? 'has no role of its own, and' : 'asks for a role and gets no session:'} ${session.reason}`,
          evidence: [deciding, ...more, ...(deciding === asks ? [] : [asks])],
          effect: 'It cannot sign a single request: NoCredentialProviders: no valid providers in chain, or ec2metadata is not available.',
          help:
            by === 'none'
              ? `Make a Pod Identity association for ${account} with a role that may write its log groups: that takes no metadata service, which is better kept closed to pods.`
              : 'What the role or the association lacks is told where the joint of the identity is: irsa or pod-identity.',
          ...sessionToldBy(by),
        })
      },
      'it has no identity that could be asked about',
    )
  },
})
