import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { root, runMortise } from './run-mortise.ts'

const shop = join(root, 'examples/shop')
const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true })
const schema = (name: string): ValidateFunction =>
  ajv.compile(JSON.parse(readFileSync(join(root, `docs/schemas/${name}.schema.json`), 'utf8')) as object)
const isReach = schema('reach')
const isQuery = schema('reach-query')
const isAnswer = schema('reach-answer')

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mortise-reach-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface Answer {
  readonly verdict: string
  readonly reason: string
  readonly pairs: { readonly count: number }
  readonly paths: readonly {
    readonly layers: readonly {
      readonly layer: string
      readonly end: string
      readonly verdict: string
      readonly by: readonly { readonly place: { readonly file?: string; readonly line?: number } }[]
    }[]
  }[]
  readonly smallestFix?: { readonly title: string; readonly opensPairs: number }
}

async function ask(
  from: string,
  to: string,
  ...more: readonly string[]
): Promise<{ readonly verdict: string; readonly answers: readonly Answer[]; readonly code: number | null }> {
  const paths = more.includes('--from') ? [] : [shop]
  const ran = await runMortise(['reach', from, to, ...paths, ...more, '--format', 'json'])
  expect(ran.stderr).toBe('')
  const output = JSON.parse(ran.stdout) as {
    readonly reached: readonly { readonly verdict: string; readonly answers: readonly Answer[] }[]
  }
  expect(isReach(output), JSON.stringify(isReach.errors)).toBe(true)
  const [first] = output.reached
  if (first === undefined) throw new Error('nothing was answered')
  return { ...first, code: ran.code }
}

describe('two ends', () => {
  it('a policy allows what a security group does not, on two nodes; on one nothing filters', async () => {
    const { verdict, answers, code } = await ask('deploy/web', 'deploy/api', '--port', '8080', '-n', 'shop')
    expect({ verdict, code, groups: answers.map(answer => [answer.verdict, answer.pairs.count]) }).toEqual({
      verdict: 'split',
      code: 1,
      groups: [
        ['allow', 2],
        ['deny', 2],
      ],
    })
    const denied = answers[1]
    expect(denied?.paths[0]?.layers.filter(layer => layer.verdict === 'deny').map(({ layer, end }) => `${layer} ${end}`)).toEqual([
      'securityGroup destination',
    ])
    expect(denied?.smallestFix?.opensPairs).toBe(1)
  })
  it('each rule that decides stands at its line', async () => {
    const { answers } = await ask('deploy/api', 'sts/search', '-n', 'shop')
    const rules = answers.flatMap(({ paths }) =>
      paths.flatMap(({ layers }) => layers.flatMap(({ layer, by }) => by.map(({ place }) => ({ layer, place })))),
    )
    const lines = rules.map(
      ({ layer, place: { file = '', line = 0 } }) => `${layer}: ${readFileSync(resolve(root, file), 'utf8').split('\n')[line - 1]?.trim()}`,
    )
    expect(new Set(lines)).toContain('networkPolicy: - from:')
    expect(lines.filter(line => line.startsWith('securityGroup')).length).toBeGreaterThan(0)
  })
  it('a database reached by its address, through a network ACL both ways', async () => {
    const { verdict, answers } = await ask('pod/shop/api-gndhgptnw-wdtmx', '10.0.10.5', '--port', 'tcp/5432')
    expect(verdict).toBe('allow')
    expect(answers[0]?.paths[0]?.layers.map(({ layer }) => layer)).toContain('nacl')
    expect((await ask('pod/shop/web-2d4fjhm9n-s9bkx', '10.0.10.5', '--port', 'tcp/5432')).verdict).toBe('deny')
  })
  it('names that agree with the pods but not with the Service close its address on AWS, and not by the published semantics', async () => {
    const question = ['pod/platform/status-page-pk5bn27ls-c2r8z', 'svc/kube-system/kube-dns', '--port', 'udp/53'] as const
    expect((await ask(...question)).verdict).toBe('deny')
    expect((await ask(...question, '--profile-engine', 'upstream')).verdict).toBe('allow')
    expect((await ask(...question, '--profile-engine', 'none')).verdict).toBe('allow')
  })
  it('the metadata service is behind no security group', async () => {
    expect((await ask('pod/shop/api-gndhgptnw-wdtmx', '169.254.169.254', '--port', '80')).verdict).toBe('allow')
  })
  it('what is not modelled is unknown', async () => {
    const { verdict, code } = await ask('internet', 'svc/shop/api', '--port', '80')
    expect({ verdict, code }).toEqual({ verdict: 'unknown', code: 3 })
  })
  it('a snapshot answers as the files do', async () => {
    const file = join(folder, 'snapshot.yaml')
    expect((await runMortise(['scan', shop, '--save', file, '--quiet'])).code).toBe(1)
    const strip = ({ verdict, answers }: Awaited<ReturnType<typeof ask>>) => ({
      verdict,
      answers: answers.map(({ verdict: each, reason, pairs }) => ({ each, reason, pairs })),
    })
    for (const question of [
      ['deploy/web', 'deploy/api', '--port', '8080', '-n', 'shop'],
      ['pod/shop/api-gndhgptnw-wdtmx', '10.0.10.5', '--port', '5432'],
    ] as const) {
      const [from, to, ...more] = question
      expect(strip(await ask(from, to, ...more, '--from', file))).toEqual(strip(await ask(from, to, ...more)))
    }
  })
})

describe('everyone', () => {
  it('the matrix as csv, json and one page without scripts', async () => {
    const csv = await runMortise(['reach', '--matrix', shop, '-n', 'shop', '--format', 'csv'])
    expect(csv.stdout).toContain('shop/deploy/web,shop/deploy/api,tcp/8080,split,allow,split\n')
    const json: unknown = JSON.parse((await runMortise(['reach', '--matrix', shop, '-n', 'shop', '--format', 'json'])).stdout)
    expect(isReach(json), JSON.stringify(isReach.errors)).toBe(true)
    const html = (await runMortise(['reach', '--matrix', shop, '-n', 'shop', '--format', 'html'])).stdout
    expect(html).toContain('<th scope="row">')
    expect(html).not.toMatch(/<script|https?:\/\//)
  })
  it('only the pairs of which the layers say different things', async () => {
    const all = (await runMortise(['reach', '--matrix', shop, '-n', 'shop', '--format', 'csv'])).stdout.split('\n')
    const some = (await runMortise(['reach', '--matrix', '--only-disagreements', shop, '-n', 'shop', '--format', 'csv'])).stdout.split('\n')
    expect(some.length).toBeLessThan(all.length)
    expect(some.every(line => all.includes(line))).toBe(true)
  })
  it('what a change opens and closes', async () => {
    const after = join(folder, 'after')
    await cp(shop, after, { recursive: true })
    const file = join(after, 'k8s/network.yaml')
    const text = readFileSync(file, 'utf8')
    writeFileSync(file, text.replace(/app: api\n {6}ports:\n {8}- port: 9200/, 'app: catalog\n      ports:\n        - port: 9200'))
    expect(readFileSync(file, 'utf8')).not.toBe(text)
    const ran = await runMortise(['reach', '--diff', shop, after, '--format', 'json'])
    const difference = JSON.parse(ran.stdout) as {
      readonly opened: readonly { from: string; to: string }[]
      readonly closed: readonly { from: string; to: string }[]
    }
    expect(isReach(difference), JSON.stringify(isReach.errors)).toBe(true)
    expect(difference.opened.map(({ from, to }) => `${from} ${to}`)).toEqual(['shop/deploy/catalog shop/sts/search'])
    expect(difference.closed.map(({ from, to }) => `${from} ${to}`)).toEqual(['shop/deploy/api shop/sts/search'])
  })
  it('queries, one answer a line, and a line that is none is answered by its error', async () => {
    const queries = [
      { id: '1', from: 'pod/shop/api-gndhgptnw-wdtmx', to: 'pod/shop/search-0', protocol: 'TCP', port: 9200 },
      { id: 2, from: 'pod/shop/web-2d4fjhm9n-s9bkx', to: 'pod/shop/search-0', port: 9200 },
    ]
    expect(queries.every(query => isQuery(query))).toBe(true)
    const lines = [...queries.map(query => JSON.stringify(query)), '{"from":"pod/shop/nobody","to":"internet"}', 'no JSON'].join('\n')
    const ran = await runMortise(['reach', '--queries', '-', shop], { stdin: lines })
    const answers = ran.stdout
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as { readonly id?: unknown; readonly verdict?: string; readonly line?: number })
    for (const answer of answers) expect(isAnswer(answer), JSON.stringify(isAnswer.errors)).toBe(true)
    expect(answers.map(({ id, verdict, line }) => [id, verdict, line])).toEqual([
      ['1', 'allow', undefined],
      [2, 'deny', undefined],
      [undefined, undefined, 3],
      [undefined, undefined, 4],
    ])
    expect(ran.code).toBe(2)
  })
})

describe('what cannot be asked', () => {
  it.each([
    [['deploy/wbe', 'deploy/api', '-n', 'shop'], 'did you mean deploy/shop/web?'],
    [['deploy/web', 'deploy/api', '-n', 'shop', '--port', '70000'], 'ports go from 1 to 65535'],
    [['deploy/web', 'deploy/api', '-n', 'shop', '--port', 'grpc'], 'calls no port grpc'],
    [['deploy/web', 'deploy/status-page'], 'declares no port'],
    [['nonsense', 'internet'], 'names no end of a connection'],
    [['--matrix', '--diff'], 'exclude each other'],
    [['--matrix', '-n', 'shpo'], 'did you mean shop?'],
    [['deploy/web', 'deploy/api', '--format', 'csv'], 'does not go with two ends'],
  ] as const)('%j', async (args, message) => {
    const isMode = args[0].startsWith('--')
    const ran = await runMortise(['reach', ...args, ...(isMode && args.includes('--diff' as never) ? [] : [shop])])
    expect(ran.code).toBe(2)
    expect(ran.stderr.replaceAll(/\s+/g, ' ')).toContain(message)
    expect(ran.stdout).toBe('')
  })
})
