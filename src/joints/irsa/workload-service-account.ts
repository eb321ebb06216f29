import type { Workload } from '#joints/workloads.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'

/**
 * The service account that the workload's pods run as; undefined when it does not exist.
 * @throws Unread when no source could tell.
 */
export const serviceAccountOf = (world: Reader<'k8s/ServiceAccount'>, workload: Workload): Resource<'k8s/ServiceAccount'> | undefined =>
  world.find('k8s/ServiceAccount', `${workload.namespace}/${workload.serviceAccountName}`, workload.resource.scope)

/** The controller makes this one in every namespace, so that manifests leave it out says nothing. */
export const isDefault = (workload: Workload): boolean => workload.serviceAccountName === 'default'
