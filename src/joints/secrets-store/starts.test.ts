import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { World } from '#model/world.ts'
import { readFiles } from '#sources/files/read-files.ts'
import { secretsStoreStarts } from './starts.ts'

const here = fileURLToPath(new URL('.', import.meta.url))

/** The chains of a fixture, edited as a text. */
async function chains(fixture: string, edit: (text: string) => string = text => text): Promise<readonly string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'starts-'))
  try {
    const file = join(folder, 'world.yaml')
    writeFileSync(file, edit(readFileSync(`${here}${fixture}`, 'utf8')))
    return secretsStoreStarts(new World(await readFiles([file]))).map(({ workload }) => workload?.name ?? '')
  } finally {
    rmSync(folder, { recursive: true })
  }
}

describe('chains of mounted secrets', () => {
  it('begin with a workload that mounts a class of AWS', async () => {
    expect(await chains('provider-missing/pass.yaml')).toEqual(['deploy/api'])
  })
  it('begin with one whose class is missing, unread or has no provider: the links say so', async () => {
    expect(await chains('class-missing/fail.yaml')).toEqual(['deploy/api'])
    expect(await chains('class-missing/unknown.yaml')).toEqual(['deploy/api'])
    expect(await chains('provider-missing/pass.yaml', text => text.replace('  provider: aws\n', ''))).toEqual(['deploy/api'])
  })
  it('begin with one that takes a Secret which a class makes', async () => {
    expect(await chains('synced-secret-not-mounted/fail.yaml')).toEqual(['deploy/api'])
  })
  it('do not begin with a class of another provider, nor with the driver itself', async () => {
    expect(await chains('provider-missing/pass.yaml', text => text.replace('provider: aws', 'provider: vault'))).toEqual([])
    expect(await chains('provider-makes-tokens/fail.yaml')).toEqual([])
  })
})
