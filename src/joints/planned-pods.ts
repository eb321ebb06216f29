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
  const { namespace, template } = workload
  const { name } = workload.resource.body.metadata
  const podName = `${name}-planned-0`
  return {
    id: `${namespace}/${podName}`,
    workload,
    body: {
      metadata: {
        name: podName,
        namespace,
        labels: template.labels,
        annotations: template.annotations,
        ownerReferences: [{ apiVersion: 'v1', kind: workload.resource.kind.slice(4), name, uid: '', controller: true }],
      },
      spec: template.spec,
    },
  }
}
