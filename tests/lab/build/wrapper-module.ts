import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { versions } from '../versions.ts'
import { cache, makeAtomically } from './cache.ts'
import { go, goBuild, type GoProgram } from './go.ts'

const commands = ['kube-apiserver', 'kube-controller-manager', 'kubectl', 'kube-scheduler', 'kubelet', 'kube-proxy'] as const

/** A module of other commands needs other checksums. */
const module = join(cache.directory, `module-${createHash('sha256').update(commands.join()).digest('hex').slice(0, 8)}`)

/** A command of kubernetes; building the first takes four minutes of two cores, most of which the others share. */
export function kubernetesProgram(command: (typeof commands)[number]): GoProgram {
  const path = join(cache.binaries, command)
  const build = async () => {
    await ensureWrapperModule()
    await goBuild(module, `k8s.io/kubernetes/cmd/${command}`, path, versionFlags())
  }
  return { name: command, path, isReady: () => existsSync(path), build }
}

/**
 * Makes the Go module from which kubernetes' commands are built.
 *
 * `k8s.io/kubernetes` cannot be a plain dependency: its go.mod requires its staging modules at v0.0.0 and replaces
 * them by folders, and replacements count only in the main module. So a module of our own replaces each of them by
 * the v0.<minor>.<patch> that is published with every release.
 */
async function ensureWrapperModule(): Promise<void> {
  if (existsSync(join(module, 'go.sum'))) return
  await makeAtomically(module, async folder => {
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, 'go.mod'), wrapperGoMod(await kubernetesGoMod(folder)))
    const imports = commands.map(command => `import _ "k8s.io/kubernetes/cmd/${command}"`)
    await writeFile(join(folder, 'tools.go'), ['//go:build tools', 'package lab', ...imports, ''].join('\n'))
    // -e: tests of distant dependencies need modules that nothing here builds.
    await go(folder, ['mod', 'tidy', '-e'])
  })
}

async function kubernetesGoMod(folder: string): Promise<string> {
  const answer: unknown = JSON.parse(await go(folder, ['mod', 'download', '-json', `k8s.io/kubernetes@v${versions.kubernetes}`]))
  const path = (answer as { GoMod?: string }).GoMod
  if (!path) throw new Error("`go mod download` did not say where kubernetes' go.mod is")
  return readFile(path, 'utf8')
}

function wrapperGoMod(kubernetes: string): string {
  const goLine = kubernetes.split('\n').find(line => line.startsWith('go '))
  const staged = new Set([...kubernetes.matchAll(/(k8s\.io\/[a-z0-9.-]+) => \.\/staging/g)].map(match => match[1]))
  const stagedVersion = `v0.${versions.kubernetes.slice(2)}`
  return [
    'module lab',
    goLine ?? `go ${versions.go}.0`,
    `require k8s.io/kubernetes v${versions.kubernetes}`,
    ...[...staged].sort().map(name => `replace ${name} => ${name} ${stagedVersion}`),
    '',
  ].join('\n')
}

function versionFlags(): string[] {
  const [major, minor] = versions.kubernetes.split('.')
  return [
    `-X k8s.io/component-base/version.gitVersion=v${versions.kubernetes}`,
    `-X k8s.io/component-base/version.gitMajor=${major}`,
    `-X k8s.io/component-base/version.gitMinor=${minor}`,
    `-X k8s.io/client-go/pkg/version.gitVersion=v${versions.kubernetes}`,
  ]
}
