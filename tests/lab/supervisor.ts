import { randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { rootCredentials, seedAccount } from './aws/account.ts'
import { startEmulator, untilEmulatorAnswers } from './aws/emulator.ts'
import { cache } from './build/cache.ts'
import { startControlPlane } from './control-plane/start.ts'
import type { LabCoordinates } from './coordinates.ts'
import { handlersFor } from './gateway/handlers.ts'
import { upstreamTo } from './gateway/request.ts'
import { startGateway } from './gateway/server.ts'
import { nodeNameOf } from './node/configuration.ts'
import { makeLink } from './node/link.ts'
import { startNode } from './node/start.ts'
import type { Daemon } from './process/daemon.ts'
import { freePorts } from './process/free-ports.ts'
import { ownIdentity, processIdentity } from './process/process-identity.ts'
import { memoryDirectory, runDirectory, sweep, writeWhole } from './run-directory.ts'
import { identity } from './versions.ts'
import { runNodeInstance } from './aws/node-instance.ts'
import { startWebhook } from './webhook/server.ts'
import { eksFlags } from './webhook/settings.ts'

/**
 * The process that is a lab: it owns the daemons, serves the gateway and the webhook, and takes everything away when
 * it ends. Started by `startLab` as `supervisor.ts <name> attached|detached [node]`; attached, it ends with its parent, whose
 * death closes its standard input.
 */
const [name = '', mode = '', withNode = ''] = process.argv.slice(2)
const files = runDirectory(name)
const daemons: Daemon[] = []
let isEnding = false

async function end(failure?: unknown): Promise<void> {
  if (isEnding) return
  isEnding = true
  if (failure !== undefined) console.error(failure)
  await Promise.all(daemons.map(daemon => daemon.stop()))
  if (failure === undefined) await sweep(name)
  // Kept for whoever asks why: the next start under this name sweeps it.
  else await writeFile(files.failure, describe(failure))
  process.exit(failure === undefined ? 0 : 1)
}

function describe(failure: unknown): string {
  if (!(failure instanceof Error)) return String(failure)
  return failure.cause === undefined ? failure.message : `${failure.message}\ncaused by: ${describe(failure.cause)}`
}

const ownership = () => ({
  supervisor: ownIdentity(),
  detached: mode === 'detached',
  // One that has ended already needs no killing.
  daemons: daemons.flatMap(({ pid }) => processIdentity(pid) ?? []),
})

async function own(daemon: Daemon): Promise<void> {
  daemons.push(daemon)
  daemon.died.catch((error: unknown) => end(error))
  await writeWhole(files.ownership, ownership())
}

async function choosePorts() {
  const names = ['etcd', 'etcdPeer', 'apiServer', 'controllerManager', 'emulator', 'gateway', 'webhook'] as const
  const free = await freePorts(names.length)
  return Object.fromEntries(names.map((name, index) => [name, free[index]])) as Record<(typeof names)[number], number>
}

async function startAll(): Promise<LabCoordinates> {
  await writeWhole(files.ownership, ownership())
  const ports = await choosePorts()
  const issuer = `https://oidc.eks.${identity.region}.amazonaws.com/id/${randomBytes(16).toString('hex').toUpperCase()}`
  // The folder first: it tells whoever sweeps that a node's traces may be there.
  const link = withNode === 'node' ? await mkdir(files.node).then(() => makeLink(name)) : undefined
  const emulatorEndpoint = `http://127.0.0.1:${ports.emulator}`
  await own(
    await startEmulator({
      port: ports.emulator,
      directory: join(files.path, 'ministack'),
      log: files.log('ministack'),
    }),
  )
  const seeded = untilEmulatorAnswers(ports.emulator).then(() =>
    seedAccount(emulatorEndpoint, link && [`${link.hostAddress.replace(/\d+$/, '0')}/24`, link.podNetwork]),
  )
  const cluster = await startControlPlane({
    clusterName: identity.clusterName,
    issuer,
    directory: join(files.path, 'cluster'),
    dataDirectory: memoryDirectory(name),
    log: files.log,
    ports,
    node: link && { name: nodeNameOf(link), hostAddress: link.hostAddress },
    onDaemon: own,
  })
  const handlers = handlersFor({ cluster, issuer, emulatorEndpoint })
  const awsEndpoint = `http://127.0.0.1:${ports.gateway}`
  await startGateway({ port: ports.gateway, upstream: upstreamTo(new URL(emulatorEndpoint)), handlers })
  await startWebhook({ port: ports.webhook, cluster, flags: eksFlags(identity.region), awsEndpoint })
  const kubectl = join(cache.binaries, 'kubectl')
  const directory = files.node
  const node =
    link &&
    (await startNode({
      lab: name,
      link,
      instanceId: await runNodeInstance(awsEndpoint, (await seeded).subnetIds[0], link.nodeAddress),
      cluster,
      directory,
      log: files.log,
      ports,
      kubectl,
      onDaemon: own,
    }))
  await seeded
  return {
    name,
    runDirectory: files.path,
    ...cluster,
    issuer,
    awsEndpoint,
    emulatorEndpoint,
    ...identity,
    adminCredentials: rootCredentials(identity.accountId),
    webhook: `https://127.0.0.1:${ports.webhook}`,
    node,
  }
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void end())
if (mode === 'attached')
  process.stdin
    .once('end', () => void end())
    .once('close', () => void end())
    .resume()
process.on('unhandledRejection', error => void end(error))

try {
  await writeWhole(files.coordinates, await startAll())
} catch (error) {
  await end(error)
}
