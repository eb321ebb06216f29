import { expect, it } from 'vitest'
import { readFiles } from '#sources/files/read-files.ts'
import { rolesOfStores } from './named-by-stores.ts'

it('the roles that stores assume are asked for one by one', async () => {
  const read = async (file: string) => rolesOfStores([await readFiles([`src/joints/secrets-store/${file}`])])
  expect(await read('store-session-refused/pass.yaml')).toEqual(['arn:aws:iam::111122223333:role/reads-shop'])
  expect(await read('store-read-denied/pass.yaml')).toEqual([])
})
