import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { readBundle, writeBundle, type Bundle } from './bundle.ts'
import { filesOf, tarOf } from './tar.ts'

const folder = mkdtempSync(join(tmpdir(), 'mortise-bundle-'))
afterAll(() => rmSync(folder, { recursive: true }))
const file = join(folder, 'bundle.tgz')
const back = (bytes: Buffer) => {
  writeFileSync(file, bytes)
  return readBundle(file)
}

const bundle: Bundle = {
  target: 'pod/reader-7d4',
  namespace: 'payments',
  collectedAt: '2026-11-03T08:00:00.000Z',
  world: 'kind: mortise/World\nversion: 1\n',
  logs: [{ pod: 'payments/reader-7d4', container: 'app', text: 'error: ünïcode' }],
  unreadLogs: ['kube-system/driver: reading its log is forbidden'],
}

describe('a bundle', () => {
  it('reads back as it was written', async () => expect(await back(writeBundle(bundle))).toEqual(bundle))
  it('is an archive that tar opens', async () => {
    await back(writeBundle(bundle))
    expect(execFileSync('tar', ['tzf', file], { encoding: 'utf8' }).split('\n').filter(Boolean)).toEqual([
      'README.txt',
      'manifest.json',
      'world.yaml',
      'logs/1.log',
    ])
  })
  it.each([
    ['text', Buffer.from('no bundle')],
    ['another archive', gzipSync(tarOf([{ name: 'a', text: 'b' }], 0))],
    ['one that is cut off', gzipSync(gunzipSync(writeBundle(bundle)).subarray(0, 1000))],
    [
      'a manifest that is not JSON',
      gzipSync(
        tarOf(
          [
            { name: 'manifest.json', text: '{' },
            { name: 'world.yaml', text: '' },
          ],
          0,
        ),
      ),
    ],
  ])('that is %s is told so', async (_, bytes) => expect(back(bytes)).rejects.toMatchObject({ code: 'NOT_A_BUNDLE' }))
  it('of a newer version is not guessed at', async () => {
    const files = [
      { name: 'manifest.json', text: '{"version":2}' },
      { name: 'world.yaml', text: '' },
    ]
    await expect(back(gzipSync(tarOf(files, 0)))).rejects.toMatchObject({ code: 'BUNDLE_VERSION' })
  })
})

describe('an archive', () => {
  it('holds whatever texts it is given', () => {
    const texts = fc.array(fc.record({ name: fc.stringMatching(/^[a-z][a-z0-9/.]{0,60}$/), text: fc.string({ unit: 'grapheme' }) }), {
      maxLength: 5,
    })
    fc.assert(
      fc.property(texts, files => {
        expect(filesOf(tarOf(files, 0))).toEqual(files)
      }),
    )
  })
  it('of any bytes is read or refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000 }), bytes => {
        try {
          filesOf(Buffer.from(bytes))
        } catch (error) {
          expect(error).toMatchObject({ code: 'NOT_A_BUNDLE' })
        }
      }),
    )
  })
})
