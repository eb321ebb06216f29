import { afterAll, beforeAll, expect, test } from 'vitest'
import { broken } from '../irsa/broken-worlds.ts'
import { healthySubjects, makeHealthyWorld } from '../irsa/healthy-world.ts'
import { makeBroken, type BrokenWorld } from '../irsa/make-broken.ts'
import { describeLab } from '../shared-lab.ts'
import { diagnosed } from './diagnosed.ts'
import { sdkAnswer } from './sdk-answer.ts'

describeLab('a diagnosis of live workloads, from what STS really answers', lab => {
  const namespace = 'irsa-diagnosed'
  const healthy = 'irsa-diagnosed-well'
  let world: BrokenWorld
  let undo: () => Promise<void>

  beforeAll(async () => {
    await lab.installWebhook()
    world = await makeBroken(lab, namespace, '555500006666', broken)
    undo = await makeHealthyWorld(lab, healthy)
  })
  afterAll(async () => {
    await Promise.all([world.undo(), undo()])
    await lab.removeWebhook()
  })

  test.for(broken)('$name is the fault of $check', async ({ name, check, link, podless }) => {
    const text = await sdkAnswer(lab, namespace, name)
    if (podless !== true) expect(text).toBeDefined()
    const given = text === undefined ? [] : ['--error', text]
    const told = await diagnosed(lab, `deploy/${name}`, namespace, ['--assume-role', world.strangerReader, ...given])
    expect(told, text).toBe(`irsa/${link} ${check}`)
  })

  test('nothing is named where all is well', async () => {
    for (const subject of healthySubjects.slice(0, 3)) {
      const [target = ''] = subject.split(' ')
      expect(await diagnosed(lab, target, healthy), subject).toBe('well')
    }
  })
})
