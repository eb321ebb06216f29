import { existsSync } from 'node:fs'
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cache, makeAtomically } from '../build/cache.ts'
import { go, moduleProgram } from '../build/go.ts'
import type { Part } from '../build/part.ts'
import { type LabImage, programImage } from '../node/images.ts'
import { versions } from '../versions.ts'

const folder = new URL('module/', import.meta.url)
const module = 'sigs.k8s.io/secrets-store-csi-driver'

const driver = moduleProgram('secrets-store-csi-driver', folder, `${module}/cmd/secrets-store-csi-driver`)
const registrar = moduleProgram('csi-node-driver-registrar', folder, './registrar')
const provider = moduleProgram('secrets-store-csi-driver-provider-aws', folder, './provider')

/** The driver's published manifests, its CRDs among them. */
export const manifests: Part & { readonly folder: string } = {
  name: 'manifests of the Secrets Store CSI driver',
  folder: join(cache.directory, `secrets-store-manifests-${versions.secretsStoreDriver}`),
  isReady: () => existsSync(manifests.folder),
  build: () =>
    makeAtomically(manifests.folder, async temporary => {
      const source = await go(fileURLToPath(folder), ['list', '-mod=mod', '-m', '-f', '{{.Dir}}', module])
      await cp(join(source.trim(), 'deploy'), temporary, { recursive: true, mode: 0 })
    }),
}

/** Under the names that the manifests of driver and provider use; the last holds the lab's own provider. */
export const images: readonly LabImage[] = [
  programImage(driver, `registry.k8s.io/csi-secrets-store/driver:v${versions.secretsStoreDriver}`, ['mount', 'umount', 'sh']),
  programImage(registrar, 'registry.k8s.io/sig-storage/csi-node-driver-registrar:v2.16.0'),
  programImage(provider, `public.ecr.aws/aws-secrets-manager/secrets-store-csi-driver-provider-aws:${versions.secretsStoreProvider}`),
]

/** What a node needs to mount secrets, in the order of building. */
export const secretsStoreParts: readonly Part[] = [driver, registrar, provider, manifests, ...images.map(image => image.layer)]
