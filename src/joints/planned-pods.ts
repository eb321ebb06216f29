import type { Kinds } from '#model/kinds.ts'
import type { Workload } from './workloads.ts'

/** A pod that a workload would make: labels and specification of its template, no address and no node. */
export interface PlannedPod {
  /** `namespace/name`. */
  readonly id: string
  readonly workload: Workload
  readonly body: Kinds['k8s/Pod']
}

/** The pod of a workload that has none: manifests that were not applied yet. */
export function plannedPod(workload: Workload): PlannedPod | undefined {
  if (workload.seenPods.length > 0 || workload.resource.kind === 'k8s/Pod') return undefined
  const body = workloadPod(workload)
  return { id: `${body.metadata.namespace}/${body.metadata.name}`, workload, body }
}

/** A pod as the workload's template makes it now. */
export function workloadPod({ resource, namespace, template }: Workload): Kinds['k8s/Pod'] {
  const { name } = resource.body.metadata
  return {
    metadata: {
      name: `${name}-planned-0`,
      namespace,
      labels: template.labels,
      annotations: template.annotations,
      ownerReferences: [{ apiVersion: 'v1', kind: resource.kind.slice(4), name, uid: '', controller: true }],
    },
    spec: template.spec,
  }
}
