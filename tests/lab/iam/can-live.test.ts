import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AssumeRoleWithWebIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { decisionJson } from '#report/decision-json.ts'
import { can } from '#verbs/can.ts'
import type { Ran } from '../../e2e/run-mortise.ts'
import { eachAtOnce } from '../irsa/each-at-once.ts'
import { mortiseOn } from '../irsa/run-scan.ts'
import type { AwsCredentials, Lab } from '../lab.ts'
import { describeLab } from '../shared-lab.ts'
import { answerOf } from './answer.ts'
import { makeLiveWorld, type LiveQuestion, type LiveWorld } from './live-world.ts'
import { snapshotFor } from './read-live.ts'

interface Decided {
  readonly verdict: string
  readonly answers: readonly {
    readonly mechanism: string
    readonly roleArn?: string
    readonly verdict: string
    readonly reason: string
    readonly notRead: readonly string[]
  }[]
}

const codes: Readonly<Record<string, number>> = { allow: 0, deny: 1, unknown: 3 }

interface Answered {
  readonly question: LiveQuestion
  readonly iam: 'allowed' | 'denied'
  readonly live: Decided
  /** From a snapshot with all that the question reads live. */
  readonly offline: Decided
  /** From what a scan saved. */
  readonly scanned: Decided
}

describeLab('questions about a service account of a live cluster', lab => {
  let folder: string
  let world: LiveWorld
  let answered: readonly Answered[]
  const file = (name: string) => join(folder, `${name}.yaml`)

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mortise-can-'))
    await lab.installWebhook()
    world = await makeLiveWorld(lab)
    const session = await sessionOf(lab, world)
    const [snapshot] = await Promise.all([
      snapshotFor(lab, [...new Set(world.questions.map(({ resource }) => resource))]),
      mortiseOn(lab, ['scan', '--quiet', '--save', file('scan')]),
    ])
    await writeFile(file('full'), snapshot)
    answered = await eachAtOnce(2, world.questions, async question => ({
      question,
      iam: await answerOf(() => question.call(session)),
      live: decided(await mortiseOn(lab, asking(question))),
      offline: await saved(question, 'full'),
      scanned: await saved(question, 'scan'),
    }))
  })
  afterAll(async () => {
    await world.undo()
    await lab.removeWebhook()
    await rm(folder, { recursive: true })
  })

  const principal = () => `sa/${world.namespace}/${world.serviceAccount}`
  const asking = ({ action, resource }: LiveQuestion) => ['can', principal(), action, resource, '--format', 'json']

  /** The same question of a snapshot: by the verb, which is all that the command calls, to save processes. */
  async function saved({ action, resource }: LiveQuestion, name: string): Promise<Decided> {
    const { report } = await can({ files: [file(name)] }, { principal: principal(), action, resource, namespace: undefined, set: [] })
    return JSON.parse(decisionJson(report, { version: '' })) as Decided
  }

  test('are answered as IAM answers the pod', () => {
    for (const { question, iam, live } of answered) {
      expect(iam, question.what).toBe(question.verdict === 'allow' ? 'allowed' : 'denied')
      expect(live, question.what).toMatchObject({ verdict: question.verdict, answers: [{ mechanism: 'irsa', roleArn: world.roleArn }] })
    }
  })

  test('are answered from a snapshot as live, for the same reason', () => {
    for (const { question, live, offline } of answered) expect(gist(offline), question.what).toEqual(gist(live))
  })

  test('are answered from the snapshot of a scan as live; of buckets that no policy names it holds no policies, and says so', () => {
    const named = answered.filter(({ question, scanned }) => question.resource.startsWith('arn:aws:s3:') && scanned.verdict !== 'unknown')
    expect(named.length).toBeGreaterThan(0)
    for (const { question, live, scanned } of answered) {
      const isBucket = question.resource.startsWith('arn:aws:s3:')
      const why = scanned.answers[0]?.notRead.join('; ')
      if (isBucket && scanned.verdict === 'unknown') expect(why, question.what).toContain('the bucket was read without its policy')
      else expect(scanned.verdict, `${question.what}: ${why}`).toBe(live.verdict)
    }
  })

  test('and who-can names it where it is allowed, and nowhere else', async () => {
    const about = world.questions.filter(({ action }) => action === 'kms:DescribeKey')
    const found = await eachAtOnce(2, about, async ({ what, action, resource }) => {
      const ran = await mortiseOn(lab, ['who-can', action, resource, '--format', 'json'])
      expect(ran.code, ran.stderr).toBe(0)
      const { reaches } = JSON.parse(ran.stdout) as { reaches: readonly Reach[] }
      const holders = reaches.filter(({ arn, verdict }) => arn === world.roleArn && verdict === 'allow').flatMap(reach => reach.holders)
      return `${what}: ${holders.map(({ holder, mechanism, workloads }) => `${holder} by ${mechanism} in ${workloads.join(', ')}`).join('; ')}`
    })
    const name = `sa/${world.serviceAccount} in ${world.namespace} by irsa in deploy/api in ${world.namespace}`
    expect(found).toEqual(about.map(({ what, verdict }) => `${what}: ${verdict === 'allow' ? name : ''}`))
  })
})

interface Reach {
  readonly arn?: string
  readonly verdict: string
  readonly holders: readonly { readonly holder: string; readonly mechanism: string; readonly workloads: readonly string[] }[]
}

function decided(ran: Ran): Decided {
  expect(ran.stdout, ran.stderr).not.toBe('')
  const answer = JSON.parse(ran.stdout) as Decided
  expect(ran.code).toBe(codes[answer.verdict])
  return answer
}

/** All but the places, which are of one input only. */
const gist = ({ verdict, answers }: Decided) => ({
  verdict,
  answers: answers.map(({ mechanism, roleArn, verdict: way, reason, notRead }) => ({ mechanism, roleArn, way, reason, notRead })),
})

/** What the pod gets for its token. */
async function sessionOf(lab: Lab, { namespace, serviceAccount, roleArn }: LiveWorld): Promise<AwsCredentials> {
  const WebIdentityToken = await lab.mintToken(namespace, serviceAccount)
  const call = { RoleArn: roleArn, RoleSessionName: 'pod', WebIdentityToken }
  const { Credentials } = await new STSClient(lab.aws()).send(new AssumeRoleWithWebIdentityCommand(call))
  const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, SessionToken: sessionToken } = Credentials ?? {}
  if (!accessKeyId || !secretAccessKey || !sessionToken) throw new Error('STS gave an incomplete session')
  return { accessKeyId, secretAccessKey, sessionToken }
}
