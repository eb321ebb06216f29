import { Unread } from '#base/errors.ts'
import type { PodSpec } from '#joints/workloads.ts'
import type { Path } from '#model/place.ts'
import type { Resource, Scope } from '#model/resource.ts'

/** What the webhook asks the scheduler for, and where the controller writes the interface that it made. */
export const podEniResource = 'vpc.amazonaws.com/pod-eni'
/** Where the webhook writes the groups of a pod on Fargate. */
export const fargateGroups = 'fargate.amazonaws.com/pod-sg'

export const annotationAt = (name: string): Path => ['metadata', 'annotations', name]
export const podEniPath = annotationAt(podEniResource)

/** The webhook writes it into the first container; the controller adds up all of them. */
export const asksForInterface = ({ containers }: PodSpec): boolean =>
  containers.some(
    ({ resources }) => resources?.limits?.[podEniResource] !== undefined || resources?.requests?.[podEniResource] !== undefined,
  )

/** How many interfaces the scheduler reserves for a pod: the sum of its containers. */
export const interfacesAskedBy = ({ containers }: PodSpec): number =>
  containers.reduce(
    (sum, { resources }) => sum + Number(resources?.requests?.[podEniResource] ?? resources?.limits?.[podEniResource] ?? 0),
    0,
  )

/**
 * The ids of the branch interfaces that the controller gave a pod; undefined while it has none.
 * https://github.com/aws/amazon-vpc-resource-controller-k8s/blob/master/pkg/provider/branch/trunk/trunk.go
 * @throws Unread when the annotation is not what the controller writes
 */
export function interfacesOf(pod: Resource<'k8s/Pod'>): readonly string[] | undefined {
  const text = pod.body.metadata.annotations?.[podEniResource]
  if (text === undefined) return undefined
  const ids = idsIn(text)
  if (ids !== undefined) return ids
  throw new Unread({ kind: pod.kind, id: pod.id, reason: `the annotation ${podEniResource} of a pod is not what the controller writes` })
}

function idsIn(text: string): readonly string[] | undefined {
  const list = parsed(text)
  if (!Array.isArray(list)) return undefined
  const ids = (list as readonly unknown[]).map(item => (item as { eniId?: unknown } | null)?.eniId)
  return ids.every(id => typeof id === 'string') ? ids : undefined
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

export const clusterOf = (scope: Scope): string => ('cluster' in scope ? scope.cluster : '')
