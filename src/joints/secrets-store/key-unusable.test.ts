import { readFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { runCheck } from '#joints/run.ts'
import { workloadsOf } from '#joints/workloads.ts'
import { World } from '#model/world.ts'
import { readFiles } from '#sources/files/read-files.ts'
import check from './key-unusable/check.ts'

test('a key that was read without its state is no proof, and no crash', async () => {
  const text = readFileSync(fileURLToPath(new URL('key-unusable/pass.yaml', import.meta.url)), 'utf8')
  const untold = text.replace(/^KeyState: .*\n/m, '')
  expect(untold).not.toBe(text)
  const world = new World(await readFiles(['-'], { stdin: Readable.from([untold]) }))
  const [workload] = workloadsOf(world)
  if (workload === undefined) throw new Error('the fixture has a workload')
  expect(runCheck(check, workload, world)).toMatchObject({ is: 'skip' })
})
