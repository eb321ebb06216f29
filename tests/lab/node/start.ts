import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ControlPlane } from '../control-plane/start.ts'
import { apiRequest } from '../control-plane/api-request.ts'
import { kubeconfig } from '../control-plane/kubeconfig.ts'
import { kubeProxyUser, nodeUserOf, schedulerUser } from '../control-plane/users.ts'
import type { NodeCoordinates } from '../coordinates.ts'
import { type Daemon, startDaemon } from '../process/daemon.ts'
import { poll } from '../process/poll.ts'
import { run } from '../process/run.ts'
import { identity } from '../versions.ts'
import * as configuration from './configuration.ts'
import { makeControlGroups } from './control-groups.ts'
import { forward } from './forward.ts'
import { containerdSocket, importImage, type LabImage, otherImages, pauseImage } from './images.ts'
import { giveLink, type NodeLink } from './link.ts'
import { kubelet, kubeProxy, nodePackages, pause, scheduler } from './programs.ts'

export interface NodeInput {
  readonly lab: string
  readonly link: NodeLink
  /** Of the emulated EC2. */
  readonly instanceId: string
  readonly cluster: ControlPlane
  /** A folder of its own. */
  readonly directory: string
  readonly log: (part: string) => string
  readonly ports: { readonly apiServer: number; readonly gateway: number }
  readonly kubectl: string
  readonly onDaemon: (daemon: Daemon) => Promise<void>
}

const packagePath = ['usr/local/sbin', 'usr/local/bin', 'usr/sbin', 'usr/bin', 'sbin', 'bin']
const path = [...['usr/sbin', 'usr/bin'].map(folder => join(nodePackages.folder, folder)), ...packagePath.map(folder => `/${folder}`)].join(
  ':',
)
const libraries = ['usr/lib/x86_64-linux-gnu', 'usr/lib/aarch64-linux-gnu', 'lib/x86_64-linux-gnu', 'lib/aarch64-linux-gnu']

/** Nothing of the caller's; and Debian's programs find the libraries that came with them. */
const environment = {
  PATH: path,
  LD_LIBRARY_PATH: libraries.map(folder => join(nodePackages.folder, folder)).join(':'),
  HOME: '/root',
}

/**
 * Starts a scheduler, and a node in namespaces of its own: containerd, kubelet, kube-proxy, and CoreDNS on top. Ready
 * when the node is and cluster DNS answers.
 */
export async function startNode(input: NodeInput): Promise<NodeCoordinates> {
  const nodeName = configuration.nodeNameOf(input.link)
  await writeFiles(input, nodeName)
  const inside = await startNamespaces(input)
  await Promise.all([input.ports.apiServer, input.ports.gateway].map(port => forward(input.link.hostAddress, port)))
  await startScheduler(input)
  const containerd = await inside('containerd', [
    join(nodePackages.folder, 'usr/bin/containerd'),
    '--config',
    file(input, 'containerd.toml'),
  ])
  await Promise.race([untilContainerdAnswers(input), containerd.died])
  await load(input, pauseImage)
  const node = await inside('kubelet', kubeletCommand(input, nodeName))
  await inside('kube-proxy', [kubeProxy.path, '--config', file(input, 'kube-proxy.json')])
  const imagesIn = Promise.all(otherImages.map(image => load(input, image)))
  await Promise.race([untilReady(input, nodeName), node.died])
  await imagesIn
  await startDns(input)
  return {
    name: nodeName,
    address: input.link.nodeAddress,
    hostAddress: input.link.hostAddress,
    podNetwork: input.link.podNetwork,
    awsEndpoint: awsEndpoint(input),
    kubeletDirectory: file(input, 'kubelet'),
    namespacesOf: inside.pid,
  }
}

const file = (input: NodeInput, name: string): string => join(input.directory, name)

/** What the SDKs in pods read from their environment; the images of the lab have it, so that pods need not. */
const awsEndpoint = (input: NodeInput): string => `http://${input.link.hostAddress}:${input.ports.gateway}`

async function writeFiles(input: NodeInput, nodeName: string): Promise<void> {
  for (const folder of ['kubelet', 'containerd', 'pod-logs', 'network', 'etc', 'etc-work'])
    await mkdir(file(input, folder), { recursive: true })
  const { directory, lab, link, cluster, instanceId } = input
  const server = `https://${link.hostAddress}:${input.ports.apiServer}`
  const kubeconfigOf = (user: string, at: string) =>
    kubeconfig({
      name: identity.clusterName,
      server: at,
      certificateAuthority: cluster.certificateAuthority,
      user,
      token: cluster.userTokens[user] as string,
    })
  const json = (value: object) => JSON.stringify(value, null, 2)
  const socket = containerdSocket(input.directory)
  const networkPlugins = join(nodePackages.folder, 'usr/lib/cni')
  const proxyConfig = file(input, 'kube-proxy.kubeconfig')
  const contents: Readonly<Record<string, string>> = {
    'containerd.toml': configuration.containerdConfiguration({ directory, socket, networkPlugins }),
    'network/10-lab.conflist': json(configuration.networkConfiguration(link)),
    'kubelet.json': json(configuration.kubeletConfiguration({ lab, directory, socket, link, instanceId })),
    'kube-proxy.json': json(configuration.kubeProxyConfiguration({ kubeconfig: proxyConfig, nodeName, link })),
    'kubelet.kubeconfig': kubeconfigOf(nodeUserOf(nodeName), server),
    'kube-proxy.kubeconfig': kubeconfigOf(kubeProxyUser, server),
    'scheduler.kubeconfig': kubeconfigOf(schedulerUser, cluster.apiServer),
    'resolv.conf': `nameserver ${link.hostAddress}\n`,
  }
  for (const [name, text] of Object.entries(contents)) await writeFile(file(input, name), text, { mode: 0o600 })
}

type Inside = ((name: string, command: readonly [string, ...string[]]) => Promise<Daemon>) & { readonly pid: number }

/**
 * Makes the namespaces and answers how to start a program in them. They are gone when process 1 is: `unshare` passes
 * its own death on, and dies with us.
 */
async function startNamespaces(input: NodeInput): Promise<Inside> {
  await makeControlGroups(input.lab)
  const init = fileURLToPath(new URL('init.sh', import.meta.url))
  const namespaces = ['--net', '--mount', '--pid', '--ipc', '--uts', '--fork', '--kill-child', '--mount-proc']
  const holder = await daemon(input, 'node', ['unshare', ...namespaces, 'sh', init, input.directory, pause.path])
  const initialised = async () => (existsSync(file(input, 'initialised')) ? true : undefined)
  await Promise.race([
    poll(initialised, { what: 'the namespaces of the node', timeoutMilliseconds: 10_000, everyMilliseconds: 10 }),
    holder.died,
  ])
  await giveLink(input.lab, input.link, holder.pid)
  // unshare itself stays in the machine's process namespace; its children are in the new one.
  const enter = [
    'nsenter',
    '--target',
    String(holder.pid),
    '--net',
    '--mount',
    '--ipc',
    '--uts',
    `--pid=/proc/${holder.pid}/ns/pid_for_children`,
    '--',
  ]
  const inside = (name: string, command: readonly string[]) => daemon(input, name, [...enter, ...command] as [string, ...string[]])
  return Object.assign(inside, { pid: holder.pid })
}

async function daemon(input: NodeInput, name: string, command: readonly [string, ...string[]]): Promise<Daemon> {
  const started = await startDaemon({ name, command, env: environment, cwd: input.directory, log: input.log(name) })
  await input.onDaemon(started)
  return started
}

/** Outside the node, as on EKS. */
const startScheduler = (input: NodeInput): Promise<Daemon> =>
  daemon(input, 'kube-scheduler', [
    scheduler.path,
    `--kubeconfig=${file(input, 'scheduler.kubeconfig')}`,
    '--leader-elect=false',
    '--secure-port=0',
  ])

const kubeletCommand = (input: NodeInput, nodeName: string): readonly [string, ...string[]] => [
  kubelet.path,
  `--config=${file(input, 'kubelet.json')}`,
  `--kubeconfig=${file(input, 'kubelet.kubeconfig')}`,
  `--hostname-override=${nodeName}`,
  `--node-ip=${input.link.nodeAddress}`,
  `--node-labels=${Object.entries(configuration.nodeLabels)
    .map(label => label.join('='))
    .join(',')}`,
]

function untilContainerdAnswers(input: NodeInput): Promise<true> {
  const ctr = join(nodePackages.folder, 'usr/bin/ctr')
  const ask = async () => {
    await run([ctr, '--address', containerdSocket(input.directory), 'version'])
    return true as const
  }
  return poll(ask, { what: 'containerd to answer', timeoutMilliseconds: 20_000 })
}

const load = (input: NodeInput, image: LabImage): Promise<void> =>
  importImage({
    image,
    directory: input.directory,
    log: input.log('images'),
    awsEndpoint: awsEndpoint(input),
  })

interface Condition {
  readonly type: string
  readonly status: string
}

function untilReady(input: NodeInput, nodeName: string): Promise<true> {
  const ask = async () => {
    const { status, body } = await apiRequest(input.cluster, 'GET', `/api/v1/nodes/${nodeName}`)
    if (status !== 200) throw new Error(`node ${nodeName}: HTTP ${status}`)
    const node = JSON.parse(body) as { status: { conditions?: Condition[] } }
    return node.status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ? (true as const) : undefined
  }
  return poll(ask, { what: `node ${nodeName} to be Ready`, timeoutMilliseconds: 60_000 })
}

async function startDns(input: NodeInput): Promise<void> {
  const kubectl = (args: string[], text = '') => run([input.kubectl, '--kubeconfig', input.cluster.kubeconfig, ...args], { input: text })
  await kubectl(['apply', '-f', '-'], configuration.coreDnsManifests())
  await kubectl(['--namespace=kube-system', 'rollout', 'status', 'deployment/coredns', '--timeout=60s'])
}
