import { createHash } from 'node:crypto'
import { createReadStream, existsSync, readFileSync } from 'node:fs'
import { chmod, copyFile, cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cache, makeAtomically } from '../build/cache.ts'
import type { GoProgram } from '../build/go.ts'
import type { Part } from '../build/part.ts'
import { run } from '../process/run.ts'
import { coreDns, nodePackages, pause } from './programs.ts'

/** An image that the lab makes by itself: one layer of files, and how its containers start. */
export interface LabImage {
  readonly reference: string
  readonly layer: Part & { readonly path: string }
  readonly config: { readonly Env?: readonly string[]; readonly Entrypoint?: readonly string[]; readonly WorkingDir?: string }
}

const repository = fileURLToPath(new URL('../../../', import.meta.url))
const lockFile = join(repository, 'package-lock.json')

/** What pods of the lab may ask AWS with. */
const clients = ['@aws-sdk/client-sts', '@aws-sdk/client-secrets-manager', '@aws-sdk/client-ssm']

/**
 * A static program, as `/name`, and those applets of busybox that it runs. `reference` may be the name under which the
 * original is published: what names images then looks as it does in a cluster.
 */
export function programImage(program: GoProgram, reference = `docker.io/lab/${program.name}:1`, applets: readonly string[] = []): LabImage {
  const { name } = program
  const put = async (root: string) => {
    await copyFile(program.path, join(root, name))
    if (applets.length > 0) await putApplets(root, applets)
  }
  return {
    reference,
    layer: layer(name, () => [program.path, ...applets].join(), put),
    config: { Entrypoint: [`/${name}`], Env: ['PATH=/bin'] },
  }
}

/** busybox and getent: a shell to look around with. busybox' own look-ups of names crash, getent's do not. */
const probe: LabImage = {
  reference: 'docker.io/lab/probe:1',
  layer: layer('probe', () => nodePackages.folder, putShell),
  config: { Env: ['PATH=/bin:/usr/bin'] },
}

/** The same with Node and clients of the AWS SDK, which `require` finds from `/`. */
const node: LabImage = {
  reference: 'docker.io/lab/node:1',
  layer: layer(
    'node',
    () => readFileSync(lockFile),
    async root => {
      await putShell(root)
      await putProgram(root, process.execPath)
      await putPackages(root)
    },
  ),
  config: { Env: ['PATH=/bin:/usr/bin'], WorkingDir: '/' },
}

export const pauseImage: LabImage = programImage(pause)
export const otherImages: readonly LabImage[] = [programImage(coreDns), probe, node]

/** Where a node's containerd listens, given the node's folder. */
export const containerdSocket = (directory: string): string => join(directory, 'containerd.sock')

/**
 * Imports the image into a node's containerd, as a docker archive: a manifest, a configuration and the layer. Its
 * containers find the lab's AWS through AWS_ENDPOINT_URL, so that pods may be written as for EKS.
 */
export async function importImage(input: {
  readonly image: LabImage
  /** The node's folder. */
  readonly directory: string
  readonly log: string
  readonly awsEndpoint: string
}): Promise<void> {
  const { image } = input
  const folder = join(input.directory, 'images', image.layer.name)
  await mkdir(folder, { recursive: true })
  const config = { ...image.config, Env: [...(image.config.Env ?? []), `AWS_ENDPOINT_URL=${input.awsEndpoint}`] }
  const rootfs = { type: 'layers', diff_ids: [`sha256:${await readFile(`${image.layer.path}/digest`, 'utf8')}`] }
  await writeFile(join(folder, 'config.json'), JSON.stringify({ architecture: architecture(), os: 'linux', config, rootfs }))
  await writeFile(
    join(folder, 'manifest.json'),
    JSON.stringify([{ Config: 'config.json', RepoTags: [image.reference], Layers: ['layer.tar'] }]),
  )
  const archive = `tar -c -C "$1" manifest.json config.json -C "$2" layer.tar | "$3" --address "$4" --namespace k8s.io images import -`
  const ctr = join(nodePackages.folder, 'usr/bin/ctr')
  await run(['sh', '-c', archive, 'sh', folder, image.layer.path, ctr, containerdSocket(input.directory)], { log: input.log })
}

/** The name of this machine's processor in images. */
const architecture = (): string => (process.arch === 'x64' ? 'amd64' : process.arch)

/** A layer in the cache under a digest of what it is made of: the tar and, beside it, its own digest. */
function layer(name: string, material: () => string | Buffer, fill: (root: string) => Promise<void>): LabImage['layer'] {
  const path = join(cache.directory, `layer-${name}-${createHash('sha256').update(material()).digest('hex').slice(0, 12)}`)
  const build = () =>
    makeAtomically(path, async temporary => {
      const root = join(temporary, 'root')
      await mkdir(root, { recursive: true })
      await fill(root)
      const archive = join(temporary, 'layer.tar')
      await run(['tar', '-c', '-C', root, '--owner=0', '--group=0', '--mtime=@0', '--sort=name', '-f', archive, '.'])
      await writeFile(join(temporary, 'digest'), await sha256(archive))
      await run(['rm', '-r', root])
    })
  return { name: `image ${name}`, path, isReady: () => existsSync(path), build }
}

async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer)
  return hash.digest('hex')
}

async function putShell(root: string): Promise<void> {
  for (const folder of ['bin', 'usr/bin', 'etc/ssl/certs', 'tmp', 'lib64']) await mkdir(join(root, folder), { recursive: true })
  await chmod(join(root, 'tmp'), 0o1777)
  const applets = (await run([busybox, '--list'])).split('\n').filter(applet => !['', 'busybox', 'wget', 'nslookup'].includes(applet))
  await putApplets(root, applets)
  await writeFile(join(root, 'etc/passwd'), 'root:x:0:0::/:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n')
  await putProgram(root, '/usr/bin/getent')
}

const busybox = join(nodePackages.folder, 'bin/busybox')

async function putApplets(root: string, applets: readonly string[]): Promise<void> {
  await mkdir(join(root, 'bin'), { recursive: true })
  await copyFile(busybox, join(root, 'bin/busybox'))
  for (const applet of applets) await symlink('busybox', join(root, 'bin', applet))
}

/** A program of this machine, with the shared libraries that it names, each at its own place. */
async function putProgram(root: string, program: string): Promise<void> {
  await copyFile(program, join(root, 'usr/bin', program.split('/').at(-1) as string))
  const libraries = (await run(['ldd', program])).match(/\/\S+/g) ?? []
  for (const library of libraries) {
    await mkdir(join(root, dirname(library)), { recursive: true })
    await copyFile(library, join(root, library))
  }
}

/** The SDK's clients and everything that they depend on, without what only compilers and bundlers read. */
async function putPackages(root: string): Promise<void> {
  const seen = new Set<string>()
  const put = async (name: string, from: string): Promise<void> => {
    const folder = findPackage(name, from)
    if (folder === undefined || seen.has(folder)) return
    seen.add(folder)
    const isRead = (path: string) => !/\/(dist-types|dist-es|node_modules)(\/|$)|\.d\.[mc]?ts$|\.map$/.test(path.slice(folder.length))
    await cp(folder, join(root, 'node_modules', folder.split('/node_modules/').slice(1).join('/node_modules/')), {
      recursive: true,
      filter: isRead,
    })
    const { dependencies = {} } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as { dependencies?: object }
    for (const dependency of Object.keys(dependencies)) await put(dependency, folder)
  }
  for (const client of clients) await put(client, repository)
}

function findPackage(name: string, from: string): string | undefined {
  const folders = createRequire(join(from, 'package.json')).resolve.paths(name) ?? []
  return folders.map(folder => join(folder, name)).find(folder => existsSync(join(folder, 'package.json')))
}
