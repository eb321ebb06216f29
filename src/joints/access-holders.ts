import { clusterOf, type Resource } from '#model/resource.ts'
import type { Mechanism } from './access-mechanism.ts'
import { nodeMechanism } from './access-node.ts'
import { knownAccounts } from './access-subject.ts'
import { podMechanisms, serviceAccountMechanisms, type AccountName, type WorkloadReader } from './access-workload.ts'
import { identityOf, literalOf } from './irsa/identity.ts'
import { roleArnOf } from './irsa/service-account.ts'
import { seatsOf } from './irsa/webhook.ts'
import { seenRoleOf } from './node-instance.ts'
import { perWorld } from './per-world.ts'
import { podsOn } from './pods-on-node.ts'
import { podShape, serviceAccountKey, workloadsByServiceAccount, workloadsOf, type Workload } from './workloads.ts'

/** Whoever in a cluster gets a role: a service account with what runs as it, or pods that differ from theirs. */
export interface Holder {
  /** `sa/reader in payments`, `deploy/old in payments`, `node ip-10-0-0-1`. */
  readonly text: string
  readonly cluster: string
  /** Undefined for nodes. */
  readonly account?: AccountName
  /** `deploy/reader in payments`. */
  readonly workloads: readonly string[]
  readonly pods: number
  /** Works out how it comes to the role, its trust included; dear, so only who reaches something is asked. */
  readonly mechanisms: () => readonly Mechanism[]
}

/** The holders of every role by its ARN, from annotations, associations, injected pods and instance profiles, without asking whether a role trusts them. */
export const holdersByRole = perWorld((world: WorkloadReader): ReadonlyMap<string, readonly Holder[]> => {
  const holders = new Map<string, Holder[]>()
  const add = (roleArn: string, holder: Holder) => {
    const list = holders.get(roleArn)
    if (list === undefined) holders.set(roleArn, [holder])
    else list.push(holder)
  }
  const expected = accountHolders(world, add)
  podHolders(world, expected, add)
  nodeHolders(world, add)
  return holders
})

type Add = (roleArn: string, holder: Holder) => void
type Pod = Resource<'k8s/Pod'>

const workloadText = ({ name, namespace }: Workload): string => `${name} in ${namespace}`

/** Service accounts by what EKS and the webhook give them now. Gives the role by service account. */
function accountHolders(world: WorkloadReader, add: Add): ReadonlyMap<string, string> {
  const associated = new Map(
    world
      .seen('aws/eks/PodIdentityAssociation')
      .map(({ body }) => [serviceAccountKey(body.clusterName, body.namespace, body.serviceAccount), body.targetRoleArn ?? body.roleArn]),
  )
  const annotated = new Map(
    world
      .seen('k8s/ServiceAccount')
      .map(account => [
        serviceAccountKey(clusterOf(account), account.body.metadata.namespace, account.body.metadata.name),
        roleArnOf(account),
      ]),
  )
  const users = workloadsByServiceAccount(world)
  const expected = new Map<string, string>()
  for (const account of knownAccounts(world)) {
    const key = serviceAccountKey(account.cluster, account.namespace, account.name)
    const roleArn = associated.get(key) ?? annotated.get(key)
    if (roleArn === undefined) continue
    expected.set(key, roleArn)
    const workloads = users.get(key) ?? []
    add(roleArn, {
      text: `sa/${account.name} in ${account.namespace}`,
      cluster: account.cluster,
      account,
      workloads: workloads.map(workloadText),
      pods: workloads.reduce((sum, workload) => sum + workload.seenPods.length, 0),
      mechanisms: () => serviceAccountMechanisms(world, account),
    })
  }
  return expected
}

/** Pods whose containers carry another role than their service account asks for now. */
function podHolders(world: WorkloadReader, expected: ReadonlyMap<string, string>, add: Add): void {
  for (const workload of workloadsOf(world)) {
    const key = serviceAccountKey(workload.cluster, workload.namespace, workload.serviceAccountName)
    const strays = new Map<string, Pod[]>()
    for (const pod of workload.seenPods) {
      for (const roleArn of rolesWritten(pod)) {
        if (roleArn === expected.get(key)) continue
        strays.set(roleArn, [...(strays.get(roleArn) ?? []), pod])
      }
    }
    for (const [roleArn, pods] of strays) {
      const [first] = pods
      if (first === undefined) continue
      const mechanisms = () => podMechanisms(world, first).filter(mechanism => mechanism.roleArn === roleArn)
      add(roleArn, {
        text: `${workloadText(workload)}, whose pods carry it`,
        cluster: workload.cluster,
        account: { cluster: workload.cluster, namespace: workload.namespace, name: workload.serviceAccountName },
        workloads: [workloadText(workload)],
        pods: pods.length,
        mechanisms,
      })
    }
  }
}

function rolesWritten(pod: Pod): ReadonlySet<string> {
  const { spec } = podShape(pod)
  const roles = new Set<string>()
  for (const { container } of seatsOf(spec)) {
    if (container.env === undefined) continue
    const identity = identityOf(spec, container)
    const roleArn = identity.by === 'web-identity' ? literalOf(identity.role) : undefined
    if (roleArn !== undefined) roles.add(roleArn)
  }
  return roles
}

/** Nodes by the role of their instance profile, with the pods on each that get nothing else and reach its metadata service. */
function nodeHolders(world: WorkloadReader, add: Add): void {
  const nodes = Map.groupBy(world.seen('k8s/Node'), node => seenRoleOf(world, node)?.id)
  for (const [roleArn, members] of nodes) {
    if (roleArn === undefined) continue
    const pods = members.flatMap(node => podsOn(world, node))
    for (const pod of pods) {
      const mechanisms = () => podMechanisms(world, pod).filter(mechanism => mechanism.by === 'node')
      if (mayUseNode(pod))
        add(roleArn, {
          text: `pod/${pod.body.metadata.name} in ${pod.body.metadata.namespace}`,
          cluster: clusterOf(pod),
          workloads: [],
          pods: 1,
          mechanisms,
        })
    }
    const [node] = members
    if (node !== undefined) add(roleArn, nodeHolder(world, node, members.length))
  }
}

const nodeHolder = (world: WorkloadReader, node: Resource<'k8s/Node'>, count: number): Holder => ({
  text: count === 1 ? `node ${node.body.metadata.name}` : `${count} nodes, such as ${node.body.metadata.name}`,
  cluster: clusterOf(node),
  workloads: [],
  pods: 0,
  mechanisms: () => [nodeMechanism(world, node, undefined, [])],
})

/** A container without any identity of its own asks the metadata service. */
function mayUseNode(pod: Pod): boolean {
  const { spec } = podShape(pod)
  return seatsOf(spec).some(({ container }) => identityOf(spec, container).by === 'none')
}
