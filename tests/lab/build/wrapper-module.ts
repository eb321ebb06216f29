import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { run } from '../process/run.ts'
import { versions } from '../versions.ts'
import { cache, makeAtomically } from './cache.ts'

/** The commands of kubernetes that a lab without nodes needs. kubelet, scheduler and kube-proxy join here when nodes do. */
export const kubernetesCommands = ['kube-apiserver', 'kube-controller-manager', 'kubectl'] as const

const goEnvironment = { CGO_ENABLED: '0', GOFLAGS: '-buildvcs=false -trimpath' }

/**
 * Makes the Go module from which kubernetes' commands are built.
 *
 * `k8s.io/kubernetes` cannot be a plain dependency: its go.mod requires its staging modules at v0.0.0 and replaces
 * them by folders, and replacements count only in the main module. So a module of our own replaces each of them by
 * the v0.<minor>.<patch> that is published with every release.
 */
export async function ensureWrapperModule(): Promise<void> {
  if (existsSync(join(cache.module, 'go.sum'))) return
  await makeAtomically(cache.module, async folder => {
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, 'go.mod'), wrapperGoMod(await kubernetesGoMod(folder)))
    const imports = kubernetesCommands.map(command => `import _ "k8s.io/kubernetes/cmd/${command}"`)
    await writeFile(join(folder, 'tools.go'), ['//go:build tools', 'package lab', ...imports, ''].join('\n'))
    // -e: tests of distant dependencies need modules that nothing here builds.
    await run(['go', 'mod', 'tidy', '-e'], { cwd: folder, env: goEnvironment, log: cache.log })
  })
}

async function kubernetesGoMod(folder: string): Promise<string> {
  const query = ['go', 'mod', 'download', '-json', `k8s.io/kubernetes@v${versions.kubernetes}`] as const
  const answer: unknown = JSON.parse(await run([...query], { cwd: folder, env: goEnvironment }))
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

/** Builds one of kubernetes' commands into the cache; a few minutes of two cores for the larger ones. */
export async function buildKubernetesCommand(command: string): Promise<void> {
  const [major, minor] = versions.kubernetes.split('.')
  const stamp = [
    `-X k8s.io/component-base/version.gitVersion=v${versions.kubernetes}`,
    `-X k8s.io/component-base/version.gitMajor=${major}`,
    `-X k8s.io/component-base/version.gitMinor=${minor}`,
    `-X k8s.io/client-go/pkg/version.gitVersion=v${versions.kubernetes}`,
  ]
  await makeAtomically(join(cache.binaries, command), async file => {
    const build = ['go', 'build', '-ldflags', `-s -w ${stamp.join(' ')}`, '-o', file, `k8s.io/kubernetes/cmd/${command}`]
    await run(build as [string, ...string[]], { cwd: cache.module, env: goEnvironment, log: cache.log })
  })
}
