import { generateKeyPairSync } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { cache } from '../build/cache.ts'
import { etcdPath } from '../build/etcd.ts'
import { startDaemon, type Daemon } from '../process/daemon.ts'
import { poll } from '../process/poll.ts'
import { apiRequest, type ApiServerAccess } from './api-request.ts'
import { kubeconfig } from './kubeconfig.ts'
import { adminUser, controllerManagerUser, kubeProxyUser, newUserTokens, nodeUserOf, schedulerUser, tokenAuthFile } from './users.ts'

export interface ControlPlaneInput {
  readonly clusterName: string
  readonly issuer: string
  /** A folder of its own for keys, certificates and kubeconfigs. */
  readonly directory: string
  /** A folder for etcd's data, better in memory than on a disk. */
  readonly dataDirectory: string
  readonly log: (part: string) => string
  readonly ports: {
    readonly etcd: number
    readonly etcdPeer: number
    readonly apiServer: number
    readonly controllerManager: number
  }
  /** The node that will join, and where it reaches this machine; without one, pods stay Pending. */
  readonly node?: { readonly name: string; readonly hostAddress: string } | undefined
  /** Told of every process at once, so that it can be stopped whatever happens next. */
  readonly onDaemon: (daemon: Daemon) => Promise<void>
}

export interface ControlPlane extends ApiServerAccess {
  readonly kubeconfig: string
  readonly signingKey: string
}

/** Starts etcd, the API server and the controller manager, and waits until service accounts work. */
export async function startControlPlane(input: ControlPlaneInput): Promise<ControlPlane> {
  await mkdir(input.directory, { recursive: true })
  const etcd = await startEtcd(input)
  const access = await writeFiles(input)
  await Promise.race([untilListening(input.ports.etcd), etcd.died])
  const apiServer = await startApiServer(input, access)
  await Promise.race([untilReady(access), apiServer.died])
  const controllerManager = await startControllerManager(input, access)
  await Promise.race([untilServiceAccountsWork(access), controllerManager.died])
  return access
}

async function startEtcd(input: ControlPlaneInput): Promise<Daemon> {
  const client = `http://127.0.0.1:${input.ports.etcd}`
  const peer = `http://127.0.0.1:${input.ports.etcdPeer}`
  return start(input, 'etcd', etcdPath() as string, [
    `--data-dir=${input.dataDirectory}`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=default=${peer}`,
  ])
}

async function writeFiles(input: ControlPlaneInput): Promise<ControlPlane> {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const nodeUsers = input.node ? [schedulerUser, kubeProxyUser, nodeUserOf(input.node.name)] : []
  const userTokens = newUserTokens([controllerManagerUser, ...nodeUsers])
  const file = (name: string) => join(input.directory, name)
  const plane: ControlPlane = {
    apiServer: `https://127.0.0.1:${input.ports.apiServer}`,
    // The API server makes its own: the leaf, then the authority that signed it.
    certificateAuthority: file('apiserver.crt'),
    userTokens,
    kubeconfig: file('kubeconfig'),
    signingKey: file('service-account.key'),
  }
  const configFor = (user: string) =>
    kubeconfig({
      name: input.clusterName,
      server: plane.apiServer,
      certificateAuthority: plane.certificateAuthority,
      user,
      token: userTokens[user] as string,
    })
  await writeFile(plane.signingKey, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
  await writeFile(file('tokens.csv'), tokenAuthFile(userTokens), { mode: 0o600 })
  await writeFile(plane.kubeconfig, configFor(adminUser), { mode: 0o600 })
  await writeFile(file('controller-manager.kubeconfig'), configFor(controllerManagerUser), { mode: 0o600 })
  return plane
}

function startApiServer(input: ControlPlaneInput, plane: ControlPlane): Promise<Daemon> {
  return start(input, 'kube-apiserver', join(cache.binaries, 'kube-apiserver'), [
    `--etcd-servers=http://127.0.0.1:${input.ports.etcd}`,
    '--bind-address=127.0.0.1',
    // With a node, Service `kubernetes` leads to the address that is forwarded here; endpoints refuse those of loopback.
    `--advertise-address=${input.node?.hostAddress ?? '127.0.0.1'}`,
    `--endpoint-reconciler-type=${input.node ? 'lease' : 'none'}`,
    `--secure-port=${input.ports.apiServer}`,
    '--kubelet-preferred-address-types=InternalIP',
    `--cert-dir=${input.directory}`,
    '--service-cluster-ip-range=10.100.0.0/16',
    // What EKS sets: its issuer and key address, the audience of tokens that name none, and the 24 h ceiling.
    `--service-account-issuer=${input.issuer}`,
    `--service-account-jwks-uri=${input.issuer}/keys`,
    '--api-audiences=https://kubernetes.default.svc',
    '--service-account-max-token-expiration=24h',
    `--service-account-key-file=${plane.signingKey}`,
    `--service-account-signing-key-file=${plane.signingKey}`,
    `--token-auth-file=${join(input.directory, 'tokens.csv')}`,
    '--authorization-mode=Node,RBAC',
    '--enable-admission-plugins=NodeRestriction',
    '--allow-privileged',
  ])
}

async function startControllerManager(input: ControlPlaneInput, plane: ControlPlane): Promise<Daemon> {
  const authority = join(input.directory, 'authority.crt')
  // The authority alone: with the leaf in it, the publisher of trust bundles fails for ever.
  await writeFile(authority, (await readFile(plane.certificateAuthority, 'utf8')).split(/(?=-----BEGIN)/).at(-1) as string)
  return start(input, 'kube-controller-manager', join(cache.binaries, 'kube-controller-manager'), [
    `--kubeconfig=${join(input.directory, 'controller-manager.kubeconfig')}`,
    `--service-account-private-key-file=${plane.signingKey}`,
    `--root-ca-file=${authority}`,
    '--use-service-account-credentials',
    // Without this its forty controllers wait five seconds for their turn to make their own accounts.
    '--kube-api-qps=1000',
    '--kube-api-burst=1000',
    '--bind-address=127.0.0.1',
    `--secure-port=${input.ports.controllerManager}`,
    '--leader-elect=false',
  ])
}

async function start(input: ControlPlaneInput, name: string, program: string, args: string[]): Promise<Daemon> {
  const daemon = await startDaemon({
    name,
    command: [program, ...args],
    cwd: input.directory,
    env: { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: input.directory },
    log: input.log(name),
  })
  await input.onDaemon(daemon)
  return daemon
}

function untilListening(port: number): Promise<true> {
  const attempt = () =>
    new Promise<true>((resolve, reject) => {
      const socket = connect(port, '127.0.0.1')
      socket.once('error', reject).once('connect', () => {
        socket.destroy()
        resolve(true)
      })
    })
  return poll(attempt, { what: `a listener on port ${port}`, timeoutMilliseconds: 20_000, everyMilliseconds: 20 })
}

function untilReady(access: ApiServerAccess): Promise<true> {
  const ask = async () => ((await apiRequest(access, 'GET', '/readyz')).status === 200 ? true : undefined)
  return poll(ask, { what: 'the API server to be ready', timeoutMilliseconds: 60_000 })
}

/** Pods are refused until the `default` service account of their namespace exists. */
function untilServiceAccountsWork(access: ApiServerAccess): Promise<true> {
  const path = '/api/v1/namespaces/default/serviceaccounts/default'
  const ask = async () => ((await apiRequest(access, 'GET', path)).status === 200 ? true : undefined)
  return poll(ask, { what: 'the controller manager to make service accounts', timeoutMilliseconds: 60_000 })
}
