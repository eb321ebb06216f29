import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { checksOf } from '#joints/all.ts'
import { policiesOf } from '#joints/policy-layer.ts'
import { runCheck, subjectsOf } from '#joints/run.ts'
import { applyChanges, type Change } from '#model/change.ts'
import { World } from '#model/world.ts'
import { compilePolicies, compilePublished } from '#network/compile-policies.ts'
import type { PolicyInput } from '#network/input.ts'
import { makeAnswers } from '#network/policies/answers.ts'
import type { DeviationName, Peer } from '#network/policy-layer.ts'
import { readFiles } from '#sources/files/read-files.ts'
import joint from './joint.ts'

const here = fileURLToPath(new URL('.', import.meta.url))

/** The one check that speaks of each deviation. */
const checkOf = {
  'baseline-lifted-by-other-direction': 'baseline-deny-lifted',
  'closed-without-policy': 'strict-mode-closes-pods',
  'deny-narrowed-to-ports': 'deny-narrowed-to-ports',
  'deny-range-dropped': 'deny-range-dropped',
  'domain-rule-skipped': 'domain-names-skipped',
  'except-pooled': 'except-acts-across-rules',
  'foreign-family-except': 'except-of-other-family',
  'from-first-peer-only': 'first-peer-matches-no-namespace',
  'host-network-peer': 'host-network-peer-opens-node',
  'inert-api': 'policy-api-not-enforced',
  'named-port-crashes-controller': 'named-port-crashes-controller',
  'named-port-dropped': 'named-port-ignored',
  'named-port-union': 'named-port-opens-other-ports',
  'own-node-excepted': 'own-node-excepted',
  'policy-name-shared': 'policy-name-shared',
  'port-collision': 'port-entries-collide',
  'port-slots': 'port-slots-exceeded',
  'rule-order-ignored': 'rule-order-ignored',
  'rule-without-peers-dropped': 'rule-without-peers-dropped',
  'service-port-bypass': 'service-port-bypass',
  'service-selector-mismatch': 'service-selector-mismatch',
  'shared-identifier': 'pods-share-policies',
  'shared-identifier-across-nodes': 'pods-share-policies-across-nodes',
  'unenforced-pod': 'pod-not-enforced',
  'unlisted-direction-enforced': 'unlisted-direction-enforced',
} as const satisfies Record<DeviationName, string>

async function worldOf(check: string, fixture: string): Promise<World> {
  const gathered = await readFiles([`${check}/${fixture}`], { cwd: here })
  return new World({ ...gathered, ...(gathered.readAt === undefined ? {} : { readAt: gathered.readAt }) })
}

const checkNamed = (name: string) => checksOf(joint).find(({ id }) => id === `network-policy/${name}`)!

describe('what AWS enforces otherwise than it is written', () => {
  it('has a name in the table for every name that the engine knows', () => {
    const source = readFileSync(fileURLToPath(new URL('../../network/policy-layer.ts', import.meta.url)), 'utf8')
    const names = [...(source.split('export type DeviationName =')[1] ?? '').matchAll(/^ {2}\| '([a-z-]+)'$/gm)].map(([, name]) => name)
    expect(names.length).toBeGreaterThan(20)
    expect(names.sort()).toEqual(Object.keys(checkOf).sort())
  })
  it.each(Object.entries(checkOf))('%s is told by one check, %s, whose failing fixture has it', async (name, check) => {
    const world = await worldOf(check, 'fail.yaml')
    expect(
      policiesOf(world, 'prod')
        .deviations()
        .map(({ id }) => id),
    ).toContain(name)
    const verdicts = subjectsOf(checkNamed(check), world).map(subject => runCheck(checkNamed(check), subject, world).is)
    expect(verdicts).toContain('fail')
    const speaking = readdirSync(here, { withFileTypes: true })
      .filter(entry => entry.isDirectory() && readFileSync(`${here}${entry.name}/check.ts`, 'utf8').includes(`subject, '${name}'`))
      .map(entry => entry.name)
    expect(speaking.filter(other => other !== check)).toEqual([])
  })
})

/** Checks whose fixes make the engine enforce what the policy says already. The others change what it says, and say so. */
const keepMeaning = [
  'baseline-deny-lifted',
  'deny-narrowed-to-ports',
  'deny-range-dropped',
  'except-acts-across-rules',
  'except-of-other-family',
  'first-peer-matches-no-namespace',
  'port-entries-collide',
  'rule-order-ignored',
  'rule-without-peers-dropped',
]

const addresses = ['8.8.8.8', '10.0.0.10', '10.1.2.3', '10.2.2.3', '10.100.0.10', '10.128.0.1', '192.0.2.7', '253.0.14.194']
const ports = [22, 53, 79, 80, 81, 85, 90, 91, 443, 445, 450, 451, 8080, 8081, 55300, 55400]

/** Every pod, as subject, with every pod and some addresses, both ways. Pods of the host network are peers in a way of their own. */
function* questions({ pods }: PolicyInput) {
  const ids = pods.all.filter(({ spec }) => spec?.hostNetwork !== true).map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)
  const peers: Peer[] = [...ids.map(pod => ({ pod })), ...addresses.map(address => ({ address }))]
  for (const pod of ids) {
    for (const peer of peers) {
      if ('pod' in peer && peer.pod === pod) continue
      for (const direction of ['ingress', 'egress'] as const)
        for (const protocol of ['TCP', 'UDP'] as const) for (const port of ports) yield { direction, pod, peer, protocol, port }
    }
  }
}

const inputOf = (world: World): PolicyInput => policiesOf(world, 'prod').input

describe('a rewrite makes the engine enforce what the policy said', () => {
  const cases = keepMeaning.flatMap(check =>
    readdirSync(`${here}${check}`)
      .filter(name => /^fail.*\.yaml$/.test(name))
      .map(name => [check, name] as const),
  )
  it.each(cases)('%s, %s', async (check, fixture) => {
    const world = await worldOf(check, fixture)
    const changes: Change[] = []
    for (const subject of subjectsOf(checkNamed(check), world)) {
      const verdict = runCheck(checkNamed(check), subject, world)
      if (verdict.is === 'fail') changes.push(...(verdict.fix?.changes ?? []))
    }
    if (changes.length === 0) return
    const published = makeAnswers(compilePublished(inputOf(world)))
    const before = compilePolicies(inputOf(world))
    const after = compilePolicies(inputOf(applyChanges(world, changes)))
    let wrongBefore = 0
    for (const { direction, pod, peer, protocol, port } of questions(inputOf(world))) {
      const meant = published.verdict(direction, pod, peer, protocol, port)
      if (before.verdict(direction, pod, peer, protocol, port) !== meant) wrongBefore++
      expect(after.verdict(direction, pod, peer, protocol, port), `${direction} ${pod} ${JSON.stringify(peer)} ${protocol} ${port}`).toBe(
        meant,
      )
    }
    expect(wrongBefore).toBeGreaterThan(0)
  })
})
