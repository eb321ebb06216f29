import { join } from 'node:path'
import { buildParts } from '../build/build-all.ts'
import { type ApiAnswer, apiRequest } from '../control-plane/api-request.ts'
import type { LabCoordinates } from '../coordinates.ts'
import { eachAtOnce } from '../irsa/each-at-once.ts'
import { startDaemon } from '../process/daemon.ts'
import { poll } from '../process/poll.ts'
import { fleetDeployments, fleetNode, fleetServiceAccounts, type FleetDeployment, type FleetInput, managedBy } from './fleet.ts'
import { kwok } from './program.ts'

/** A cluster's worth of nodes and pods that nothing runs, but whose objects are as if. */
export interface Fleet {
  readonly nodes: readonly string[]
  readonly deployments: readonly { readonly namespace: string; readonly name: string; readonly replicas: number }[]
  /** From the first node to the last pod that is Ready. */
  readonly milliseconds: number
  /** Ends kwok; from then on its nodes and pods stay as they are, until the node controller misses their heartbeats. */
  stop(): Promise<void>
}

/** How many requests of ours are under way at once. */
const concurrency = 24

/**
 * Fills a lab with fake nodes and with pods that run on them: Deployments, whose ReplicaSets and pods the controller
 * manager makes; a binding for each pod, in turn to each node, in place of a scheduler; and from kwok what kubelets would
 * report. Everything stays until the lab ends, so give it a lab of its own. 10,000 pods take two minutes of two cores.
 */
export async function startKwok(lab: LabCoordinates, input: FleetInput): Promise<Fleet> {
  await buildParts([kwok], line => void process.stderr.write(`${line}\n`))
  const began = performance.now()
  const daemon = await startDaemon({
    name: 'kwok',
    command: [
      kwok.path,
      `--kubeconfig=${lab.kubeconfig}`,
      `--manage-nodes-with-annotation-selector=${managedBy}`,
      '--node-lease-duration-seconds=40',
      '--cidr=10.2.0.0/16',
      // Else it would read ~/.kwok/kwok.yaml of whoever runs the tests.
      '--config=/dev/null',
    ],
    cwd: lab.runDirectory,
    env: { PATH: '/usr/bin:/bin', HOME: lab.runDirectory },
    log: join(lab.runDirectory, 'log', 'kwok.log'),
  })
  try {
    const nodes = Array.from({ length: input.nodes }, (_, index) => fleetNode(index))
    const deployments = fleetDeployments(input)
    await Promise.race([fill(lab, nodes, deployments), daemon.died])
    return {
      nodes: nodes.map(({ metadata }) => metadata.name),
      deployments: deployments.map(({ metadata, replicas }) => ({ ...metadata, replicas })),
      milliseconds: performance.now() - began,
      stop: () => daemon.stop(),
    }
  } catch (error) {
    await daemon.stop()
    throw error
  }
}

type Nodes = readonly ReturnType<typeof fleetNode>[]

async function fill(lab: LabCoordinates, nodes: Nodes, deployments: readonly FleetDeployment[]): Promise<void> {
  await eachAtOnce(concurrency, nodes, node => make(lab, '/api/v1/nodes', node))
  // For each node that is new to it, kwok lists the pods there are; so let there be none yet.
  await untilNodesReady(lab, nodes.length)
  const namespaces = [...new Set(deployments.map(({ metadata }) => metadata.namespace))]
  await eachAtOnce(concurrency, namespaces, async name => {
    await make(lab, '/api/v1/namespaces', { metadata: { name } })
    for (const account of ['default', ...fleetServiceAccounts]) await makeServiceAccount(lab, name, account)
  })
  await eachAtOnce(concurrency, deployments, ({ metadata, manifest }) =>
    make(lab, `/apis/apps/v1/namespaces/${metadata.namespace}/deployments`, manifest),
  )
  const pods = deployments.reduce((sum, { replicas }) => sum + replicas, 0)
  await bindAll(lab, nodes, pods)
  await untilAllReady(lab, pods)
}

/** The controller manager may have made `default` before us. */
async function makeServiceAccount(lab: LabCoordinates, namespace: string, name: string): Promise<void> {
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts`
  const answer = await apiRequest(lab, 'POST', path, { body: { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name } } })
  if (answer.status !== 201 && answer.status !== 409) throw refusal(path, answer)
}

async function make(lab: LabCoordinates, path: string, body: object): Promise<void> {
  const answer = await apiRequest(lab, 'POST', path, { body })
  if (answer.status !== 201) throw refusal(path, answer)
}

const refusal = (path: string, { status, body }: ApiAnswer) => new Error(`POST ${path}: HTTP ${status} ${body}`)

interface PodName {
  readonly metadata: { readonly name: string; readonly namespace: string; readonly uid: string }
}

/** Binds pods to nodes in turn as they appear, until so many are bound. */
async function bindAll(lab: LabCoordinates, nodes: Nodes, pods: number): Promise<void> {
  const bound = new Set<string>()
  const bindNew = async () => {
    // From the API server's memory, which may lag a little; a list of exactly now would be read from etcd each time.
    const path = `/api/v1/pods?fieldSelector=${encodeURIComponent('spec.nodeName=')}&resourceVersion=0`
    const answer = await apiRequest(lab, 'GET', path)
    if (answer.status !== 200) throw new Error(`GET ${path}: HTTP ${answer.status} ${answer.body}`)
    const waiting = (JSON.parse(answer.body) as { items: PodName[] }).items.filter(({ metadata }) => !bound.has(metadata.uid))
    await eachAtOnce(concurrency, waiting, async ({ metadata: { name, namespace, uid } }) => {
      const target = { apiVersion: 'v1', kind: 'Node', name: nodes[bound.size % nodes.length]?.metadata.name }
      bound.add(uid)
      const body = { apiVersion: 'v1', kind: 'Binding', metadata: { name, namespace, uid }, target }
      await make(lab, `/api/v1/namespaces/${namespace}/pods/${name}/binding`, body)
    })
    return bound.size >= pods ? (true as const) : undefined
  }
  await poll(bindNew, { what: `${pods} pods to be made and bound`, timeoutMilliseconds: 10 * 60_000, everyMilliseconds: 300 })
}

async function untilNodesReady(lab: LabCoordinates, count: number): Promise<void> {
  const isReady = async () => {
    const { body } = await apiRequest(lab, 'GET', '/api/v1/nodes')
    const { items } = JSON.parse(body) as { items: { status: { conditions?: { type: string; status: string }[] } }[] }
    const ready = items.filter(({ status }) =>
      status.conditions?.some(condition => condition.type === 'Ready' && condition.status === 'True'),
    )
    return ready.length >= count ? true : undefined
  }
  await poll(isReady, { what: `${count} nodes to be Ready`, timeoutMilliseconds: 3 * 60_000, everyMilliseconds: 500 })
}

async function untilAllReady(lab: LabCoordinates, pods: number): Promise<void> {
  const isReady = async () => {
    const { body } = await apiRequest(lab, 'GET', '/apis/apps/v1/deployments')
    const { items } = JSON.parse(body) as { items: { status?: { readyReplicas?: number } }[] }
    const ready = items.reduce((sum, { status }) => sum + (status?.readyReplicas ?? 0), 0)
    return ready >= pods ? true : undefined
  }
  await poll(isReady, { what: `${pods} pods to be Ready`, timeoutMilliseconds: 5 * 60_000, everyMilliseconds: 500 })
}
