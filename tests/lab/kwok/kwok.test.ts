import { afterAll, beforeAll, describe, expect, test } from 'vitest'
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
})
