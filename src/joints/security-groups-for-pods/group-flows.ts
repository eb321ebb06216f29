import { networkOf, type ClusterNetwork, type ReachReader } from '#joints/network.ts'
import { perWorld } from '#joints/per-world.ts'
import { podsOfWorkload } from '#joints/pod-sorts.ts'
import type { Workload } from '#joints/workloads.ts'
import { rulesOfGroup, type ReferenceRule } from '#network/aws/security-group-rules.ts'
import type { Answer, Question } from '#network/question.ts'
import type { Resource } from '#model/resource.ts'

type Group = Resource<'aws/ec2/SecurityGroup'>

/** A rule of a group that refers to another, at one port: whoever wrote it means the carriers of the two to talk. */
export interface ReferenceAtPort {
  readonly group: Group
  readonly rule: ReferenceRule
  readonly protocol: 'TCP' | 'UDP'
  readonly port: number
}

/** Rules that let a group in, by the id of the group that they refer to. */
export const referencesTo = perWorld((world: ReachReader): ReadonlyMap<string, readonly ReferenceAtPort[]> => {
  const found = new Map<string, ReferenceAtPort[]>()
  for (const group of world.seen('aws/ec2/SecurityGroup')) {
    for (const rule of rulesOfGroup(group.body).ingress.references) {
      const traffic = portOf(group, rule)
      if (traffic === undefined || rule.isStale || rule.groupId === group.body.GroupId) continue
      const list = found.get(rule.groupId)
      if (list === undefined) found.set(rule.groupId, [{ group, rule, ...traffic }])
      else list.push({ group, rule, ...traffic })
    }
  }
  return found
})

interface WrittenPorts {
  readonly IpProtocol?: string
  readonly FromPort?: number
  readonly ToPort?: number
}

/** Of TCP and UDP at a single port: a range, or all traffic, says little of what is meant. */
function portOf({ body }: Group, { path }: ReferenceRule): { readonly protocol: 'TCP' | 'UDP'; readonly port: number } | undefined {
  const [list, index] = path as ['IpPermissions' | 'Rules', number]
  const written = body[list]?.[index] as WrittenPorts | undefined
  const name = written?.IpProtocol?.toLowerCase() ?? ''
  const protocol = name === 'tcp' || name === '6' ? 'TCP' : name === 'udp' || name === '17' ? 'UDP' : undefined
  if (protocol === undefined || written?.FromPort === undefined || written.FromPort !== written.ToPort) return undefined
  return { protocol, port: written.FromPort }
}

/** What is in the VPC with a group and is neither a node nor a pod: databases, endpoints, load balancers. */
const addressesByGroup = perWorld((view: ClusterNetwork): ReadonlyMap<string, readonly string[]> => {
  const { aws, input } = view.network
  const found = new Map<string, string[]>()
  for (const { Groups = [], PrivateIpAddress, Status, Attachment } of input.aws.networkInterfaces.all) {
    if (PrivateIpAddress === undefined || Status === 'available' || Attachment?.InstanceId !== undefined) continue
    if (aws.address(PrivateIpAddress).holder !== 'own') continue
    for (const { GroupId = '' } of Groups) {
      const list = found.get(GroupId)
      if (list === undefined) found.set(GroupId, [PrivateIpAddress])
      else list.push(PrivateIpAddress)
    }
  }
  return found
})

/** A path that the rule of a group declares, from the pods of a workload to one address that carries the group. */
export interface GroupFlow {
  readonly reference: ReferenceAtPort
  readonly question: Question
  readonly answer: Answer
}

/** More interfaces of one group than that are of one cluster or service, and treated alike. */
const most = 3

/** The paths from a workload with these groups to what lets them in by a rule that refers to one. */
export function groupFlowsOf(world: ReachReader, workload: Workload, groups: readonly string[]): readonly GroupFlow[] {
  const view = networkOf(world, workload.cluster)
  const [pod] = podsOfWorkload(world, workload).pods
  if (pod === undefined) return []
  return groups.flatMap(id =>
    (referencesTo(world).get(id) ?? []).flatMap(reference => {
      const addresses = addressesByGroup(view).get(reference.group.body.GroupId) ?? []
      return addresses.slice(0, most).map(address => {
        const { protocol, port } = reference
        const question: Question = { from: { pod }, to: { address }, protocol, port }
        return { reference, question, answer: view.network.answer(question) }
      })
    }),
  )
}
