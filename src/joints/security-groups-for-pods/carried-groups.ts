import type { Evidence, Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { annotationAt, fargateGroups, podEniResource } from './branch-interface.ts'
import { branchInterfaces } from './pod-interfaces.ts'
import { eventsOf, type Event } from '#joints/seen-events.ts'
import { podSelectedBy, type Selected, type WorkloadGroupReader } from './workload-groups.ts'

type Pod = Resource<'k8s/Pod'>
export type CarriedReader = WorkloadGroupReader & Reader<'aws/ec2/NetworkInterface' | 'aws/eks/Cluster'>

/** The groups that a pod was given, beside what policies give it now. */
export interface Carried {
  readonly pod: Pod
  readonly groups: readonly string[]
  /** Undefined: no policy selects the pod. */
  readonly selected: Selected | undefined
  at(label: string): Evidence
}

/**
 * What the pod has: of each of its branch interfaces as EC2 knows it; on Fargate as the webhook wrote it. Nothing for a pod without groups of its own.
 * @throws Unread when policies, its service account or the interfaces of the VPC were not read
 */
export function carriedBy(world: CarriedReader, pod: Pod): readonly Carried[] {
  const { annotations = {} } = pod.body.metadata
  const onFargate = annotations[fargateGroups]
  if (onFargate === undefined && annotations[podEniResource] === undefined) return []
  const selected = podSelectedBy(world, pod)
  if (onFargate !== undefined)
    return [{ pod, groups: onFargate.split(','), selected, at: label => pod.at(annotationAt(fargateGroups), label) }]
  return branchInterfaces(world, pod).map(item => ({
    pod,
    groups: (item.body.Groups ?? []).flatMap(({ GroupId }) => GroupId ?? []),
    selected,
    at: label => item.at(['Groups'], label),
  }))
}

export const isAsSelected = ({ groups, selected }: Carried): boolean =>
  selected !== undefined && groups.length === selected.groups.length && new Set([...groups, ...selected.groups]).size === groups.length

/** `lacks sg-1 and has sg-2 besides`. */
export function differenceOf({ groups, selected }: Carried): string {
  const missing = (selected?.groups ?? []).filter(group => !groups.includes(group))
  const more = groups.filter(group => selected?.groups.includes(group) !== true)
  const parts = [
    ...(missing.length > 0 ? [`lacks ${missing.join(', ')}`] : []),
    ...(more.length > 0 ? [`has ${more.join(', ')} besides`] : []),
  ]
  return parts.join(' and ')
}

/**
 * The event in which the controller says that it found no policy for the pod, and gave its interface the groups of the instance. Events of a pod of
 * the same name before it do not count.
 * https://github.com/aws/amazon-vpc-resource-controller-k8s/blob/master/pkg/provider/branch/provider.go
 */
export const fallbackOf = (world: Reader<'k8s/Event'>, pod: Pod): Event | undefined =>
  eventsOf(world, pod).find(
    ({ body: { reason, message, involvedObject } }) =>
      reason === 'SecurityGroupRequested' &&
      message?.includes('instance security group') === true &&
      (involvedObject.uid === undefined || pod.body.metadata.uid === undefined || involvedObject.uid === pod.body.metadata.uid),
  )
