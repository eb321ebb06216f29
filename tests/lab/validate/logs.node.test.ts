import { CloudWatchLogsClient, CreateLogStreamCommand, PutLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { clusterName, shipCluster, type ShippingCluster } from '../container-insights/shipping-cluster.ts'
import { poll } from '../process/poll.ts'
import { describeNode } from '../shared-lab.ts'
import { installProbe } from './probe-image.ts'
import { remains, validated, type ReportedResult } from './run-validate.ts'

const subject = 'ds/fluent-bit in amazon-cloudwatch'

/** No image of Fluent Bit can be had here: the test does what it does, with the line that the pod really printed. */
describeNode('validate of logs', lab => {
  const logs = new CloudWatchLogsClient(lab.aws())
  let shipping: ShippingCluster
  beforeAll(async () => {
    await installProbe(lab)
    shipping = await shipCluster(lab)
  })
  afterAll(() => shipping.undo())

  /** What the container of the probe printed, once it did. */
  const printed = () =>
    poll(
      async () => {
        const pods = await lab.kubectl('get', 'pods', '-n', 'amazon-cloudwatch', '-l', 'mortise/probe', '-o', 'name')
        const [pod] = pods.trim().split('\n')
        const text = pod === undefined || pod === '' ? '' : await lab.kubectl('logs', '-n', 'amazon-cloudwatch', pod)
        return text.includes('mortise-probe-') ? text : undefined
      },
      { what: 'the line of the probe', timeoutMilliseconds: 60_000, everyMilliseconds: 300 },
    )

  async function ship(): Promise<void> {
    const logStreamName = `validate-${Date.now()}`
    const message = JSON.stringify({ log: (await printed()).split('\n')[0], kubernetes: { namespace_name: 'amazon-cloudwatch' } })
    await logs.send(new CreateLogStreamCommand({ logGroupName: shipping.groups.application, logStreamName }))
    await logs.send(
      new PutLogEventsCommand({
        logGroupName: shipping.groups.application,
        logStreamName,
        logEvents: [{ timestamp: Date.now(), message }],
      }),
    )
  }

  const lineOf = async (args: readonly string[], meanwhile: () => Promise<void>): Promise<ReportedResult | undefined> => {
    const [report] = await Promise.all([
      validated(lab, [
        subject.split(' ')[0] as string,
        '-n',
        'amazon-cloudwatch',
        '--joint',
        'container-insights',
        '--cluster',
        clusterName,
        ...args,
      ]),
      meanwhile(),
    ])
    expect(await remains(lab)).toBe('')
    return report.probes.find(probe => probe.subject === subject)?.results[0]
  }

  test('a line that a pod prints is found in its group, and how long that took is told', async () => {
    const line = await lineOf(['--log-wait', '40'], ship)
    expect(line, JSON.stringify(line)).toMatchObject({ id: 'line', observed: { is: 'yes' } })
    expect(line?.observed.text).toMatch(/^found after \d+ s in stream validate-/)
  })

  test('a line that nobody ships is missed after the stated time', async () => {
    const line = await lineOf(['--log-wait', '3'], async () => {})
    expect(line).toMatchObject({ observed: { is: 'no' } })
    expect(line?.observed.text).toMatch(/^not in \/aws\/containerinsights\/.*\/application after \d+ s$/)
  })
})
