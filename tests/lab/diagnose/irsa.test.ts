import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { broken } from '../irsa/broken-worlds.ts'
import { healthySubjects, makeHealthyWorld } from '../irsa/healthy-world.ts'
import { makeBroken, type BrokenWorld } from '../irsa/make-broken.ts'
import { describeLab } from '../shared-lab.ts'
import { collected, diagnosedIn, diagnosedLive } from './diagnosed.ts'
import { sdkAnswer } from './sdk-answer.ts'

describeLab('a diagnosis of live workloads, from what STS really answers', lab => {
  const namespace = 'irsa-diagnosed'
  const healthy = 'irsa-diagnosed-well'
  let folder: string
  let world: BrokenWorld
  let undo: () => Promise<void>
  const bundle = () => join(folder, 'bundle.tgz')

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mortise-diagnose-'))
    await lab.installWebhook()
    world = await makeBroken(lab, namespace, '555500006666', broken)
    undo = await makeHealthyWorld(lab, healthy)
    await collected(lab, bundle(), ['--assume-role', world.strangerReader])
  })
  afterAll(async () => {
    await Promise.all([world.undo(), undo(), rm(folder, { recursive: true })])
    await lab.removeWebhook()
  })

  test.for(broken)('$name is the fault of $check', async ({ name, check, link, podless }) => {
    const text = await sdkAnswer(lab, namespace, name)
    if (podless !== true) expect(text).toBeDefined()
    expect(await diagnosedIn(bundle(), `deploy/${name}`, namespace, text === undefined ? [] : [text]), text).toBe(`irsa/${link} ${check}`)
  })

  test('live the same is named', { timeout: 300_000 }, async () => {
    const text = (await sdkAnswer(lab, namespace, 'other-namespace')) ?? ''
    const told = await diagnosedLive(lab, 'deploy/other-namespace', namespace, ['--assume-role', world.strangerReader, '--error', text])
    expect(told).toBe('irsa/trust irsa/trust-does-not-match')
  })

  test('nothing is named where all is well', async () => {
    for (const target of healthySubjects) expect(await diagnosedIn(bundle(), target, healthy), target).toBe('well')
  })
})
