import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runMortise } from '../../e2e/run-mortise.ts'
import type { AwsCredentials } from '../lab.ts'
import { describeLab } from '../shared-lab.ts'
import { clusterName, makeShop, namespace, removeShop } from './make-shop.ts'

/** What is asked, and what must be answered: policies of both ends, and the groups of nodes and of a database. */
const questions = [
  ['pod/web', 'pod/api', 8080, 'allow'],
  ['pod/web', 'pod/api', 9090, 'deny'],
  ['pod/job', 'pod/api', 8080, 'deny'],
  ['pod/api', 'pod/web', 8080, 'allow'],
  ['pod/api', 'pod/web', 443, 'deny'],
  ['pod/job', 'pod/web', 8080, 'deny'],
  ['pod/web', 'pod/job', 8080, 'allow'],
  ['pod/web', 'database', 5432, 'allow'],
  ['pod/api', 'database', 5432, 'deny'],
  ['pod/job', 'database', 5432, 'deny'],
  ['pod/web', 'database', 443, 'deny'],
  ['pod/job', '169.254.169.254', 80, 'deny'],
  ['pod/web', '169.254.169.254', 80, 'allow'],
  ['node/reach-node-2', 'pod/web', 8080, 'allow'],
] as const

interface Answer {
  readonly id: number
  readonly verdict: string
  readonly reason: string
  readonly layers: readonly { readonly layer: string; readonly end: string; readonly verdict: string; readonly reason: string }[]
}

describeLab('reach on a live cluster and account', lab => {
  let folder: string
  let lines: string
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'mortise-reach-'))
    const database = await makeShop(lab)
    const named = (end: string) => (end === 'database' ? database : end.replace('pod/', `pod/${namespace}/`))
    lines = questions.map(([from, to, port], id) => JSON.stringify({ id, from: named(from), to: named(to), port })).join('\n')
  })
  afterAll(async () => {
    await removeShop(lab)
    rmSync(folder, { recursive: true })
  })

  const environment = (credentials: AwsCredentials) => ({
    AWS_ENDPOINT_URL: lab.awsEndpoint,
    AWS_REGION: lab.region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    ...(credentials.sessionToken === undefined ? {} : { AWS_SESSION_TOKEN: credentials.sessionToken }),
    KUBECONFIG: lab.kubeconfig,
  })
  const mortise = (args: readonly string[], stdin = '', credentials = lab.adminCredentials) =>
    runMortise(args, { env: environment(credentials), stdin })

  async function answers(args: readonly string[], credentials = lab.adminCredentials): Promise<readonly Answer[]> {
    const ran = await mortise(['reach', '--queries', '-', '--quiet', ...args], lines, credentials)
    expect(ran.code, ran.stderr + ran.stdout).toBe(0)
    return ran.stdout
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as Answer)
  }
  const live = ['--cluster', clusterName, '--kubeconfig', lab.kubeconfig]

  test('answers what policies and groups say, and the same from its snapshot', async () => {
    const now = await answers(live)
    expect(
      now.map(
        ({ verdict, reason }, id) => `${questions[id]?.slice(0, 3).join(' ')}: ${verdict}${verdict === 'unknown' ? ` (${reason})` : ''}`,
      ),
    ).toEqual(questions.map(([from, to, port, verdict]) => `${from} ${to} ${port}: ${verdict}`))
    const file = join(folder, 'world.yaml')
    const saved = await mortise([
      'scan',
      ...live,
      '--joint',
      'network-policy',
      '--joint',
      'security-groups-for-pods',
      '--save',
      file,
      '--quiet',
    ])
    expect(saved.stderr).toBe('')
    const plain = ({ id, verdict, reason, layers }: Answer) => ({
      id,
      verdict,
      reason,
      layers: layers.map(each => [each.layer, each.end, each.verdict, each.reason]),
    })
    expect((await answers(['--from', file])).map(plain)).toEqual(now.map(plain))
  })

  test('without the groups, what they decide is unknown, and what a policy denies is denied', async () => {
    const blind = await lab.iamUser({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 'eks:*', Resource: '*' }] })
    const seen = await answers(live, blind.credentials)
    const of = (from: string, to: string, port: number) =>
      seen[questions.findIndex(each => each[0] === from && each[1] === to && each[2] === port)]?.verdict
    expect({
      group: of('pod/web', 'pod/api', 8080),
      policy: of('pod/job', 'pod/api', 8080),
      groups: of('pod/api', 'pod/web', 8080),
    }).toEqual({
      group: 'unknown',
      policy: 'deny',
      groups: 'unknown',
    })
  })
})
