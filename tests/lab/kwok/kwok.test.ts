import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runMortise } from '../../e2e/run-mortise.ts'
import { isLabRequired, labAvailability } from '../availability.ts'
import { apiRequest } from '../control-plane/api-request.ts'
import type { Lab } from '../lab.ts'
import { startLab } from '../start-lab.ts'
import type { Fleet } from './start.ts'

interface Pod {
  readonly metadata: { readonly namespace: string; readonly ownerReferences?: readonly { readonly kind: string }[] }
  readonly spec: { readonly nodeName: string; readonly serviceAccountName: string }
  readonly status: { readonly phase: string; readonly podIP: string; readonly hostIP: string }
}

interface Node {
  readonly status: { readonly conditions: readonly object[] }
}

const pods = Number(process.env['MORTISE_PODS'] ?? 10_000)

describe.skipIf(!labAvailability().ok && !isLabRequired())(`a lab of its own with ${pods} pods`, () => {
  let lab: Lab
  let fleet: Fleet
  beforeAll(async () => {
    lab = await startLab()
    fleet = await lab.kwok({ nodes: 100, pods })
    process.stderr.write(`kwok: ${pods} pods on ${fleet.nodes.length} nodes Ready after ${(fleet.milliseconds / 1000).toFixed(1)} s\n`)
  }, 15 * 60_000)
  afterAll(async () => {
    await fleet?.stop()
    await lab?.close()
  })

  test('every pod runs on a node, under an address of its own, owned by a ReplicaSet', async () => {
    // kubectl would ask for five hundred at a time and print them all again.
    const { body } = await apiRequest(lab, 'GET', '/api/v1/pods')
    const { items } = JSON.parse(body) as { items: Pod[] }
    expect(items).toHaveLength(pods)
    expect(new Set(items.map(({ status }) => status.phase))).toEqual(new Set(['Running']))
    expect(new Set(items.map(({ status }) => status.podIP)).size).toBe(pods)
    expect(items.every(({ metadata }) => metadata.ownerReferences?.[0]?.kind === 'ReplicaSet')).toBe(true)
    const onEach = Map.groupBy(items, ({ spec }) => spec.nodeName)
    expect([...onEach.keys()].toSorted()).toEqual(fleet.nodes.toSorted())
    const counts = [...onEach.values()].map(({ length }) => length)
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1)
  })

  test('nodes are those of node groups in three zones', async () => {
    const selector = '--selector=topology.kubernetes.io/zone=eu-west-1b,node.kubernetes.io/instance-type'
    const { items } = JSON.parse(await lab.kubectl('get', 'nodes', selector, '--output=json')) as { items: Node[] }
    expect(items).toHaveLength(33)
    for (const { status } of items) expect(status.conditions).toContainEqual(expect.objectContaining({ type: 'Ready', status: 'True' }))
  })

  describe('is asked about its network', () => {
    /** The last line of standard error tells the most memory that the process had. */
    const telling = `--import=data:text/javascript,${encodeURIComponent("process.on('exit',()=>process.stderr.write('\\n'+process.resourceUsage().maxRSS))")}`

    async function measured(
      what: string,
      ...args: readonly string[]
    ): Promise<{ readonly stdout: string; readonly seconds: number; readonly megabytes: number }> {
      const from = performance.now()
      const ran = await runMortise([...args, '--kubeconfig', lab.kubeconfig, '--no-aws', '--quiet'], { env: { NODE_OPTIONS: telling } })
      const seconds = (performance.now() - from) / 1000
      const megabytes = Number(ran.stderr.trim().split('\n').at(-1)) / 1024
      process.stderr.write(`kwok: ${what} took ${seconds.toFixed(1)} s and ${megabytes.toFixed(0)} MB\n`)
      expect(ran.stdout, ran.stderr).not.toBe('')
      return { stdout: ran.stdout, seconds, megabytes }
    }

    test('a scan of its network joints ends in bounded time and memory', async () => {
      const { stdout, seconds, megabytes } = await measured(
        'a scan',
        'scan',
        '--joint',
        'network-policy',
        '--joint',
        'security-groups-for-pods',
        '--format',
        'json',
      )
      const { chains } = JSON.parse(stdout) as { readonly chains: readonly unknown[] }
      expect(Array.isArray(chains)).toBe(true)
      expect({ isQuick: seconds < 120, isSmall: megabytes < 1_500 }).toEqual({ isQuick: true, isSmall: true })
    })

    test('and so does the matrix of a namespace, for which all of it is read', async () => {
      const [pod] = (JSON.parse((await apiRequest(lab, 'GET', '/api/v1/pods?limit=1')).body) as { items: Pod[] }).items
      const namespace = pod?.metadata.namespace ?? ''
      const { stdout, seconds, megabytes } = await measured(
        'a matrix',
        'reach',
        '--matrix',
        '-n',
        namespace,
        '--port',
        '8080',
        '--format',
        'json',
      )
      const { workloads, pairs } = JSON.parse(stdout) as { readonly workloads: readonly string[]; readonly pairs: readonly unknown[] }
      expect(pairs.length).toBeGreaterThanOrEqual(workloads.length * (workloads.length - 1))
      expect({ isQuick: seconds < 120, isSmall: megabytes < 1_500 }).toEqual({ isQuick: true, isSmall: true })
    })
  })
})
