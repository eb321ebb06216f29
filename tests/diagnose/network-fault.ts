import { editPods } from './break-workload.ts'
import type { FaultRow } from './fault-rows.ts'
import type { Said } from './fault.ts'
import type { Body, WorldEditor } from './world-editor.ts'

export const node = 'ip-10-0-1-17.eu-west-1.compute.internal'
export const timedOut: Said = { log: 'Get "http://10.0.1.21:8080/items": dial tcp 10.0.1.21:8080: i/o timeout' }
export const noName: Said = {
  log: 'dial tcp: lookup api.shop.svc.cluster.local on 172.20.0.10:53: read udp 10.0.1.21:41215->172.20.0.10:53: i/o timeout',
}

export const api = (world: WorldEditor, change: (body: Body) => void) => editPods(world, { namespace: 'shop', name: 'api' }, change)

export const aws = (world: WorldEditor, change: (containers: Body) => void) =>
  world.edit('k8s/DaemonSet', 'kube-system/aws-node', body => change(body.spec.template.spec.containers))

/** One break of what packets pass, and of whom. */
export interface NetworkFault extends FaultRow {
  readonly of?: string
}
