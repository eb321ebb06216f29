import { CreateOpenIDConnectProviderCommand, CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam'
import { AssumeRoleWithWebIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { compilePolicy } from '#iam/compile.ts'
import { decideTrust } from '#iam/web-identity.ts'
import { trustQuestion } from '#joints/trust.ts'
import { rootCredentials } from '../aws/account.ts'
import { deviations } from '../deviations.ts'
import { describeLab } from '../shared-lab.ts'
import { eachAtOnce } from './each-at-once.ts'
import { readAs, readings, type Asked } from './lab-reading.ts'
import { trustPairs, type Pair, type PairFacts } from './trust-pairs.ts'

const pairs = Number(process.env['MORTISE_PAIRS'] ?? 300)
const seed = Number(process.env['MORTISE_SEED'] ?? Math.floor(Math.random() * 2 ** 31))

type Answer = 'allowed' | 'denied' | 'unknown'

interface Judged {
  readonly role: string
  readonly pair: Pair
  readonly engine: Answer
  /** What the lab's STS answered to the token. */
  readonly sts: Answer
  /** What the engine says when the policy is read as the lab reads it. */
  readonly engineAsLab: Answer
  /** The deviations that explain why the engine, which follows AWS, says something else than the lab. */
  readonly because: readonly string[]
}

describeLab('the engine and STS, on generated trust policies and tokens of the API server', lab => {
  // An account of its own, so that its provider and roles meet no other suite's.
  const accountId = '777711112222'
  const issuerKey = lab.issuer.replace('https://', '')
  const facts: PairFacts = {
    accountId,
    issuerKey,
    providerArn: `arn:aws:iam::${accountId}:oidc-provider/${issuerKey}`,
    namespaces: ['irsa-pairs-a', 'irsa-pairs-b'],
    serviceAccounts: ['reader', 'writer'],
    audiences: ['sts.amazonaws.com', 'other.example'],
  }
  const iam = new IAMClient(lab.aws(rootCredentials(accountId)))
  const sts = new STSClient(lab.aws(rootCredentials(accountId)))
  const sessionName = 'pairs'
  let tokens: ReadonlyMap<string, string>

  beforeAll(async () => {
    await iam.send(new CreateOpenIDConnectProviderCommand({ Url: lab.issuer, ClientIDList: [...facts.audiences] }))
    await lab.kubectlApply(JSON.stringify({ apiVersion: 'v1', kind: 'List', items: facts.namespaces.flatMap(namespaceWithAccounts) }))
    tokens = new Map(await Promise.all(allTokens().map(async each => [each.join(' '), await lab.mintToken(...each)] as const)))
  })

  const namespaceWithAccounts = (namespace: string) => [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    ...facts.serviceAccounts.map(name => ({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } })),
  ]

  const allTokens = () =>
    facts.namespaces.flatMap(namespace =>
      facts.serviceAccounts.flatMap(name => facts.audiences.map(audience => [namespace, name, audience] as const)),
    )

  /** Makes the role, and presents the token for it. */
  async function stsAnswers(role: string, { namespace, serviceAccount, audience, document }: Pair): Promise<Answer> {
    await iam.send(new CreateRoleCommand({ RoleName: role, AssumeRolePolicyDocument: JSON.stringify(document) }))
    const WebIdentityToken = tokens.get([namespace, serviceAccount, audience].join(' '))
    const call = { RoleArn: roleArn(role), RoleSessionName: sessionName, WebIdentityToken }
    try {
      await sts.send(new AssumeRoleWithWebIdentityCommand(call))
      return 'allowed'
    } catch (error) {
      // Any other refusal is about the token, and the tokens are good.
      if ((error as Error).message !== 'Not authorized to perform sts:AssumeRoleWithWebIdentity') throw error
      return 'denied'
    }
  }

  const roleArn = (role: string) => `arn:aws:iam::${accountId}:role/${role}`

  function engineAnswers(role: string, pair: Pair, { document, context }: Asked): Answer {
    const token = {
      provider: facts.providerArn,
      issuer: issuerKey,
      subject: `system:serviceaccount:${pair.namespace}:${pair.serviceAccount}`,
      audience: pair.audience,
    }
    const { answer } = decideTrust({ ...trustQuestion(roleArn(role), token), context }, compilePolicy(document, 'trust'))
    if (answer === 'unknown') return 'unknown'
    return answer === 'allow' ? 'allowed' : 'denied'
  }

  async function judge(pair: Pair, index: number): Promise<Judged> {
    const role = `pair-${index}`
    const answer = await stsAnswers(role, pair)
    const asked: Asked = { document: pair.document, context: { 'sts:RoleSessionName': sessionName, 'aws:SourceIp': '127.0.0.1' } }
    const all = readings.map(({ id }) => id)
    const read = (ids: readonly string[]) => engineAnswers(role, pair, readAs(ids, asked, facts))
    const engine = read([])
    const alone = all.filter(id => read([id]) === answer)
    const because = engine === answer ? [] : alone.length > 0 ? alone : all.filter(id => matters(id, asked))
    return { role, pair, engine, sts: answer, engineAsLab: read(all), because }
  }

  /** Whether the policy shows the deviation at all. */
  const matters = (id: string, asked: Asked): boolean =>
    JSON.stringify(readAs([id], asked, facts).document) !== JSON.stringify(asked.document)

  test('every deviation of the lab has a reading, and no reading is without one', () => {
    expect(readings.map(({ id }) => id).sort()).toEqual(deviations.map(({ id }) => id).sort())
  })

  test('they answer alike, or a deviation of the lab with a citation explains why not', async () => {
    const sample = fc.sample(trustPairs(facts), { numRuns: pairs, seed })
    const judged = await eachAtOnce(4, sample, judge)
    const different = judged.filter(({ engine, sts: answer }) => engine !== answer)
    process.stderr.write(`engine and STS: seed ${seed} (MORTISE_SEED), ${counts(judged)}\n`)

    expect(different.filter(({ because }) => because.length === 0).map(shown)).toEqual([])
    expect(judged.filter(({ sts: answer, engineAsLab }) => engineAsLab !== answer).map(shown)).toEqual([])
    const cited = new Set(deviations.map(({ id }) => id))
    expect(different.flatMap(({ because }) => because).filter(id => !cited.has(id))).toEqual([])

    // A sample that asks nothing proves nothing.
    const alike = judged.filter(({ engine, sts: answer }) => engine === answer)
    expect(alike.length).toBeGreaterThanOrEqual(200)
    for (const answer of ['allowed', 'denied']) {
      expect(alike.filter(({ engine }) => engine === answer).length, answer).toBeGreaterThanOrEqual(40)
    }
  })
})

/** What reproduces a difference. */
const shown = ({ role, pair, engine, sts, engineAsLab }: Judged) => ({ role, engine, sts, engineAsLab, pair: JSON.stringify(pair) })

function counts(judged: readonly Judged[]): string {
  const tally = (names: readonly string[]) => {
    const groups = [...Map.groupBy(names, name => name)].map(([name, group]) => [name, group.length] as const)
    return JSON.stringify(Object.fromEntries(groups.sort(([a], [b]) => (a < b ? -1 : 1))))
  }
  const alike = judged.filter(({ engine, sts }) => engine === sts)
  const different = judged.filter(({ engine, sts }) => engine !== sts)
  const of = (list: readonly Judged[]) => tally(list.map(({ engine, sts }) => (engine === sts ? sts : `${engine}, lab ${sts}`)))
  const why = tally(different.map(({ because }) => (because.length === 0 ? 'unexplained' : because.join(' + '))))
  return `${judged.length} pairs, ${alike.length} alike ${of(alike)}, ${different.length} different ${of(different)} because of ${why}`
}
