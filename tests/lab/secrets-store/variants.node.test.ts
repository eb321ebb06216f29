import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { recognised } from '#joints/symptoms.ts'
import { runMortise } from '../../e2e/run-mortise.ts'
import { mortiseOn, reportOf, verdictsOf } from '../irsa/run-scan.ts'
import { collected, diagnosedFrom, diagnosedIn, diagnosedLive } from '../diagnose/diagnosed.ts'
import { describeNode } from '../shared-lab.ts'
import { makeSharedParts, makeVariants, removeSharedParts } from './make-variants.ts'
import { nodeFaults } from './node-faults.ts'
import { observed, type Seen } from './observe.ts'
import { expectedOf, scanAndSave, readTime, scanFile, tenMinutesLater, toldOf, type Report } from './run-variants.ts'
import { healthy, namespace, otherNamespace, variants, type Variant } from './variants.ts'

/** Milliseconds in which drivers may still register on a node that has joined. */
const newNode = 300_000

/** What happened is what the variant says: mounted or not, and in these words. */
function expectSeen({ happens }: Variant, seen: Seen | undefined): void {
  const says = [...(happens.says === undefined ? [] : [happens.says]), ...(happens.more ?? []).map(each => each.says)]
  expect({ mounted: seen?.mounted, texts: seen?.texts }).toEqual({
    mounted: happens.mounted,
    texts: says.length === 0 ? [] : expect.arrayContaining(says.map(text => expect.stringContaining(text))),
  })
}

/** The text points at the link that is broken, or `because` tells why it cannot. */
function expectRecognised({ happens: { says, more = [] }, symptom, breaks, because }: Variant, seen: Seen | undefined): void {
  if (says === undefined) return
  for (const each of [{ says, symptom: symptom ?? null }, ...more]) {
    const text = seen?.texts.find(one => one.includes(each.says)) ?? ''
    const points = recognised(text)
      // Identities have texts of their own, and stand beside.
      .filter(({ joint }) => joint === 'secrets-store')
      .map(found => [found.joint, found.symptom.id, found.symptom.link, found.symptom.hidden !== undefined])
    const { symptom: expected } = each
    expect(points).toEqual(expected === null ? [] : [['secrets-store', expected.id, expected.link, expected.hides ?? false]])
  }
  if (because === undefined) expect(symptom?.link).toBe(breaks?.link)
}

/** What a diagnosis has to name, which finds by itself what is said: the chain's break, unless that of another joint is behind it. */
const causeOf = ({ breaks, elsewhere }: Variant): string => {
  const { joint, link, check } = elsewhere ?? { joint: 'secrets-store', ...breaks }
  return `${joint}/${link} ${check}`
}

describeNode('mounted secrets, each broken in a way of its own', lab => {
  let folder: string
  const saved = (name: string) => join(folder, `${name}.yaml`)

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mortise-secrets-'))
    await lab.installWebhook()
    await Promise.all([lab.secretsStore({ syncSecrets: true }), makeSharedParts(lab)])
  })
  afterAll(async () => {
    await lab.kubectl('delete', 'namespace', namespace, otherNamespace, '--wait=false')
    await Promise.all([removeSharedParts(lab), lab.removeWebhook(), rm(folder, { recursive: true })])
    await lab.secretsStore()
  })

  test('a secret is mounted, and the chain holds, live and from the saved snapshot alike', async () => {
    await makeVariants(lab, healthy)
    const seen = await observed(lab, namespace, healthy)
    for (const variant of healthy) expectSeen(variant, seen.get(variant.name))
    const live = await scanAndSave(lab, saved('healthy'))
    for (const variant of healthy) expect(toldOf(live, namespace, variant), variant.name).toEqual(expectedOf(variant))
    expect(live.findings).toEqual([])
    expect(verdictsOf(await scanFile(saved('healthy')))).toEqual(verdictsOf(live))
  })

  describe('side by side', () => {
    let seen: ReadonlyMap<string, Seen>
    let live: Report

    beforeAll(async () => {
      await makeVariants(lab, variants)
      seen = await observed(lab, namespace, variants)
      live = await scanAndSave(lab, saved('variants'))
      await collected(lab, join(folder, 'bundle.tgz'))
    })

    test.for(variants)('$name', variant => {
      expectSeen(variant, seen.get(variant.name))
      expect(toldOf(live, namespace, variant)).toEqual(expectedOf(variant))
      expectRecognised(variant, seen.get(variant.name))
    })

    test.for(variants)('diagnose names the cause of $name', async variant => {
      expect(await diagnosedIn(join(folder, 'bundle.tgz'), `deploy/${variant.name}`, namespace)).toBe(causeOf(variant))
    })

    test('diagnose names the same live', { timeout: 300_000 }, async () => {
      expect(await diagnosedLive(lab, 'deploy/not-allowed', namespace)).toBe('secrets-store/permission secrets-store/read-denied')
    })

    test('no finding is about anything else', () => {
      const named = new Set(variants.flatMap(({ breaks, elsewhere }) => [breaks?.check, elsewhere?.check]))
      expect(live.findings.map(({ check }) => check.id).filter(id => !named.has(id))).toEqual([])
    })

    test('the saved snapshot says the same', async () => {
      expect(verdictsOf(await scanFile(saved('variants')))).toEqual(verdictsOf(live))
    })

    const denied = { link: 'permission', check: 'secrets-store/read-denied' }
    const explained = (args: readonly string[]) => ['explain', '--format', 'json', ...args]

    test('explain names the link, live and from the snapshot alike', async () => {
      const args = explained([`deploy/${namespace}/not-allowed`])
      const [onLive, offline] = await Promise.all([mortiseOn(lab, args), runMortise([...args, '--from', saved('variants')])])
      const told = [onLive, offline].map(ran => toldOf(reportOf<Report>(ran), namespace, { name: 'not-allowed' }).breaks)
      expect(told).toEqual([denied, denied])
    })

    test('explain finds the cause of a text that hides it', async () => {
      const text = seen.get('not-allowed')?.texts[0] ?? ''
      const ran = await runMortise(explained([`deploy/${namespace}/not-allowed`, '--from', saved('variants'), '--because', text]))
      const { points, explanation } = reportOf<{ points: readonly { link: { id: string } }[]; explanation: Report }>(ran)
      expect(points.map(({ link }) => link.id)).toEqual(['permission'])
      expect(toldOf(explanation, namespace, { name: 'not-allowed' }).breaks).toEqual(denied)
    })
  })

  describe('on every pod of the node', () => {
    const nodeMade = async () =>
      Date.parse(await lab.kubectl('get', 'node', lab.node.name, '--output=jsonpath={.metadata.creationTimestamp}'))

    beforeEach(async () => void (await lab.kubectl('delete', 'deployments', '--all', '--namespace', namespace)))

    test.for(nodeFaults)('$name', async ({ options, later, ...variant }) => {
      if (options !== undefined) await lab.secretsStore({ syncSecrets: true, ...options })
      await makeVariants(lab, [variant])
      const seen = (await observed(lab, namespace, [variant])).get(variant.name)
      expectSeen(variant, seen)
      const live = await scanAndSave(lab, saved(variant.name))
      expect(verdictsOf(await scanFile(saved(variant.name)))).toEqual(verdictsOf(live))
      const isNew = later === true && (await readTime(saved(variant.name))) - (await nodeMade()) < newNode
      if (!isNew) expect(toldOf(live, namespace, variant)).toEqual(expectedOf(variant))
      else {
        expect(toldOf(live, namespace, variant).breaks).toBeUndefined()
        await tenMinutesLater(saved(variant.name), saved('later'))
        expect(toldOf(await scanFile(saved('later')), namespace, variant)).toEqual(expectedOf(variant))
      }
      expectRecognised(variant, seen)
      const told = await diagnosedFrom(saved(isNew ? 'later' : variant.name), `deploy/${variant.name}`, namespace, seen?.texts ?? [])
      expect(told).toBe(causeOf(variant))
    })
  })
})
