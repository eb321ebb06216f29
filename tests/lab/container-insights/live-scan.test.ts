import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DisableKeyCommand, EnableKeyCommand, KMSClient } from '@aws-sdk/client-kms'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { checksOf } from '#joints/all.ts'
import joint from '#joints/container-insights/joint.ts'
import { runMortise } from '../../e2e/run-mortise.ts'
import { mortiseOn, reportOf, verdictsOf, type ScanReport } from '../irsa/run-scan.ts'
import type { Lab } from '../lab.ts'
import { describeLab } from '../shared-lab.ts'
import { clusterName, kept, shipCluster, smallest, type ShippingCluster } from './shipping-cluster.ts'

const chosen = checksOf(joint).flatMap(({ id }) => ['--check', id])

type Undo = () => Promise<unknown>

/** One way to break a chain: the check that says so, the chain and its link (none: it stands alone), and what to do; it answers how to undo it. */
interface Variant {
  readonly name: string
  readonly check: string
  readonly chain?: string
  readonly link?: string
  readonly breaks: (lab: Lab, shipping: ShippingCluster) => Promise<Undo>
}

const shipper = 'ds/fluent-bit in amazon-cloudwatch'
const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'ci-tainted', labels: { 'kubernetes.io/os': 'linux' } } }

const variants: readonly Variant[] = [
  {
    name: 'the role may not write events',
    check: 'write-denied',
    chain: shipper,
    link: 'permission',
    async breaks(_, shipping) {
      const Statement = [{ Effect: 'Allow', Action: 'logs:CreateLogStream', Resource: '*' }]
      await shipping.setPolicy({ Version: '2012-10-17', Statement })
      return () => shipping.setPolicy(smallest.policy)
    },
  },
  {
    name: 'Fluent Bit has the name of another cluster',
    check: 'destination-differs',
    chain: shipper,
    link: 'configuration',
    async breaks(lab, shipping) {
      await shipping.setNames('staging', lab.region)
      return () => shipping.setNames(clusterName, lab.region)
    },
  },
  {
    name: 'the names of the manifest were not filled in',
    check: 'placeholder-left',
    chain: shipper,
    link: 'configuration',
    async breaks(lab, shipping) {
      await shipping.setNames('{{cluster_name}}', '{{region_name}}')
      return () => shipping.setNames(clusterName, lab.region)
    },
  },
  {
    name: 'a node has a taint that Fluent Bit does not tolerate',
    check: 'node-not-covered',
    chain: shipper,
    link: 'nodes',
    async breaks(lab) {
      await lab.kubectlApply(JSON.stringify({ ...node, spec: { taints: [{ key: 'team', value: 'data', effect: 'NoExecute' }] } }))
      return () => lab.kubectl('delete', 'node', 'ci-tainted')
    },
  },
  {
    name: 'the key lets CloudWatch Logs in for another cluster',
    check: 'log-group-key-refuses-logs',
    chain: shipper,
    link: 'key',
    async breaks(_, shipping) {
      const text = JSON.stringify(smallest.key).replaceAll(clusterName, 'staging')
      await shipping.setKeyPolicy(JSON.parse(text) as typeof smallest.key)
      return () => shipping.setKeyPolicy(smallest.key)
    },
  },
  {
    name: 'the key is disabled',
    check: 'log-group-key-unusable',
    chain: shipper,
    link: 'key',
    async breaks(lab, { keyId: KeyId }) {
      const kms = new KMSClient(lab.aws())
      await kms.send(new DisableKeyCommand({ KeyId }))
      return () => kms.send(new EnableKeyCommand({ KeyId }))
    },
  },
  {
    name: 'the authenticator log is off',
    check: 'control-plane-logs-off',
    chain: `:cluster/${clusterName}`,
    link: 'control-plane',
    async breaks(_, shipping) {
      await shipping.setLogging(['api', 'audit'])
      return () => shipping.setLogging(kept)
    },
  },
  {
    name: 'a group has no retention',
    check: 'log-group-never-expires',
    async breaks(_, { makeGroup, groups }) {
      await makeGroup(groups.performance, undefined)
      return () => makeGroup(groups.performance, 90)
    },
  },
]

describeLab('Container Insights and the cluster of the lab', lab => {
  let folder: string
  let shipping: ShippingCluster

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mortise-container-insights-'))
    shipping = await shipCluster(lab)
  })
  afterAll(async () => {
    await shipping.undo()
    await rm(folder, { recursive: true })
  })

  /** Live, and the same again from what was saved. */
  async function scan(name: string): Promise<ScanReport> {
    const file = join(folder, `${name}.yaml`)
    const args = ['scan', '--cluster', clusterName, '--format', 'json', ...chosen]
    const live = reportOf<ScanReport>(await mortiseOn(lab, [...args, '--save', file]))
    const saved = reportOf<ScanReport>(await runMortise(['scan', '--from', file, '--format', 'json', ...chosen]))
    expect(verdictsOf(saved)).toEqual(verdictsOf(live))
    return live
  }
  /** Groups of other suites are of other clusters. */
  const found = ({ findings }: ScanReport) => [
    ...new Set(
      findings.filter(({ message }) => message.includes(clusterName) || !message.startsWith('log group ')).map(({ check }) => check.id),
    ),
  ]

  test('holds where all is well, and finds nothing', async () => {
    const report = await scan('healthy')
    expect(report.unknowns).toEqual([])
    expect(found(report)).toEqual([])
    expect(report.chains.map(({ subject, state }) => `${subject} ${state}`).sort()).toEqual([
      `arn:aws:eks:${lab.region}:${lab.accountId}:cluster/${clusterName} holds`,
      'ds/cloudwatch-agent in amazon-cloudwatch holds',
      `${shipper} holds`,
    ])
  })

  describe('is broken where', () => {
    test.each(variants)('$name', async ({ check, chain, link, breaks }) => {
      const undo = await breaks(lab, shipping)
      try {
        const report = await scan(check)
        expect(found(report)).toEqual([`container-insights/${check}`])
        const drawn = report.chains.find(({ subject }) => chain !== undefined && subject.endsWith(chain))
        expect(drawn?.links.find(({ verdict }) => verdict === 'fail')?.id).toBe(link)
      } finally {
        await undo()
      }
    })
  })
})
