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

const api = `---
apiVersion: apps/v1
kind: Deployment
metadata: { name: api, namespace: shop }
spec:
  template:
    spec:
      containers:
        - name: api
          image: shop/api:2.4.0
          env: [{ name: PASSWORD, valueFrom: { secretKeyRef: { name: db, key: password } } }]
`

/** The first thing of each chain, what it runs through, and how many of the joint's links it has not. */
async function throughs(...texts: readonly string[]) {
  const gathered = await readFiles([], { texts: texts.map((text, index) => ({ name: `${index}.yaml`, text })) })
  return secretsStoreStarts(new World(gathered)).map(({ workload, through = [], omits = [] }) => ({
    workload: workload?.name,
    through: through.map(({ kind, id }) => `${kind} ${id}`),
    omits: omits.length,
  }))
}

describe('chains of External Secrets', () => {
  const stored = readFileSync(`${here}store-read-denied/pass.yaml`, 'utf8')
  const way = ['k8s/ExternalSecret shop/db', 'k8s/SecretStore shop/aws']

  it('begin with a workload that uses the Secret, and run through the ExternalSecret and its store', async () => {
    expect(await throughs(stored + api)).toEqual([{ workload: 'deploy/api', through: way, omits: 10 }])
  })
  it('begin with the ExternalSecret where nobody uses the Secret, or in another namespace alone', async () => {
    const alone = [{ workload: undefined, through: way, omits: 10 }]
    expect(await throughs(stored)).toEqual(alone)
    expect(await throughs(stored + api.replace('namespace: shop', 'namespace: payments'))).toEqual(alone)
  })
  it('are apart from that of a workload which mounts secrets too, and run through it', async () => {
    const mounts = readFileSync(`${here}read-denied/pass.yaml`, 'utf8').replace(
      'image: shop/api:2.4.0',
      'image: shop/api:2.4.0\n          envFrom: [{ secretRef: { name: db } }]',
    )
    const external = /apiVersion: external-secrets[^]*?\n---\n/.exec(stored)?.[0] ?? ''
    expect(external).toContain('ExternalSecret')
    const found = await throughs(`${mounts}\n---\n${external}`)
    expect(found.map(({ workload, omits }) => [workload, omits])).toEqual([
      ['deploy/api', 1],
      [undefined, 10],
    ])
    expect(found[1]?.through).toEqual(['k8s/ExternalSecret shop/db', 'k8s/Deployment shop/api'])
  })
})
