import { seenInstanceOf } from '#joints/node-instance.ts'
import { identityOf } from '#joints/irsa/identity.ts'
import { seatsOf } from '#joints/irsa/webhook.ts'
import { perWorld } from '#joints/per-world.ts'
import { podShape, workloadsOf, type PodShape, type Workload, type workloadKinds } from '#joints/workloads.ts'
import { clusterOf, type Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { reachOf } from './metadata-service.ts'
import type { Instance, InstanceReader } from './node-instances.ts'

export type NodeUserReader = InstanceReader & Reader<(typeof workloadKinds)[number]>

/** A workload whose pods find no credentials of their own, so that the SDK asks the metadata service, which answers them. */
export interface NodeRoleUser {
  readonly workload: Workload
  readonly pod: Resource<'k8s/Pod'>
  /** It names AWS in a variable or an image: it depends on the role, while others only may use it. */
  readonly callsAws: boolean
}

const instanceOfNode = perWorld((world: NodeUserReader): ReadonlyMap<string, Instance> => {
  const pairs = world.seen('k8s/Node').flatMap(node => {
    const instance = seenInstanceOf(world, node)
    return instance === undefined ? [] : [[`${clusterOf(node)}\n${node.body.metadata.name}`, instance] as const]
  })
  return new Map(pairs)
})

/** The users of node roles that were seen, by the ARN of the instance profile. Each workload once for each. */
const usersByProfile = perWorld((world: NodeUserReader): ReadonlyMap<string, readonly NodeRoleUser[]> => {
  const found = new Map<string, Map<Workload, NodeRoleUser>>()
  for (const workload of workloadsOf(world)) {
    if (isPartOfNode(workload)) continue
    for (const pod of workload.seenPods) {
      const shape = podShape(pod)
      const instance = instanceOfNode(world).get(`${clusterOf(pod)}\n${shape.spec.nodeName ?? ''}`)
      const profile = instance?.body.IamInstanceProfile?.Arn
      if (instance === undefined || profile === undefined || !isAnswered(instance, shape) || !lacksIdentity(shape)) continue
      const users = found.get(profile) ?? new Map<Workload, NodeRoleUser>()
      found.set(profile, users)
      if (!users.has(workload)) users.set(workload, { workload, pod, callsAws: namesAws(shape) })
    }
  }
  return new Map([...found].map(([profile, users]) => [profile, [...users.values()]]))
})

export const usersOf = (world: NodeUserReader, nodes: readonly Instance[]): readonly NodeRoleUser[] => {
  const profiles = [...new Set(nodes.map(({ body }) => body.IamInstanceProfile?.Arn ?? ''))]
  const users = profiles.flatMap(profile => usersByProfile(world).get(profile) ?? [])
  return [...users.filter(({ callsAws }) => callsAws), ...users.filter(({ callsAws }) => !callsAws)]
}

/** Always on the node's network and its role, or on none: nothing that is tightened reaches them. */
const partsOfNode = new Set(['ds/eks-pod-identity-agent', 'ds/kube-proxy', 'ds/eks-node-monitoring-agent'])

const isPartOfNode = ({ name, namespace }: Workload): boolean => namespace === 'kube-system' && partsOfNode.has(name)

/** A pod in the network of its node is as near to the service as the node itself. Options that were not read do not hold it back for certain. */
function isAnswered(instance: Instance, { spec }: PodShape): boolean {
  if (instance.body.MetadataOptions === undefined) return true
  const reach = reachOf(instance)
  return reach !== 'closed' && (spec.hostNetwork === true || reach !== 'held-back')
}

/** A container of it finds no credentials of its own. */
export const lacksIdentity = ({ spec }: PodShape): boolean =>
  seatsOf(spec).some(({ container }) => identityOf(spec, container).by === 'none')

const awsImage = /(?:^|\/)(?:aws-|amazon-|ebs-|efs-|eks\/|karpenter|cluster-autoscaler|external-dns|cloudwatch-agent|fluent-bit)/

/** It names AWS in a variable or an image. */
export const namesAws = ({ spec }: PodShape): boolean =>
  seatsOf(spec).some(
    ({ container }) => awsImage.test(container.image ?? '') || (container.env ?? []).some(({ name }) => name.startsWith('AWS_')),
  )
