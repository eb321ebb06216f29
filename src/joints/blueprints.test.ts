import { globSync } from 'node:fs'
import { expect, test } from 'vitest'
import { jointBlueprints } from './blueprints.ts'

test('every joint that says how it is made is made by plans', () => {
  const folders = globSync('src/joints/*/blueprint.ts').map(file => file.split('/').at(-2))
  expect(jointBlueprints.map(({ joint }) => joint).sort()).toEqual(folders.sort())
})
