import { Unread } from '#base/errors.ts'
import { eksCluster, whyNoCluster } from '#joints/clusters.ts'
import { defineCheck } from '#joints/define.ts'
import type { Workload } from '#joints/workloads.ts'
import type { Evidence, Resource } from '#model/resource.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import type { Reader } from '#model/world.ts'
import { platformOfNode } from '#network/aws/platform.ts'
import { selectedBy, workloadGroupKinds } from '../workload-groups.ts'

const computeType = 'eks.amazonaws.com/compute-type'

export default defineCheck({
  id: 'security-groups-for-pods/compute-unsupported',
  title: 'Pods that a SecurityGroupPolicy selects run where policies have no effect',
  severity: 'high',
  since: '0.1.0',
  subject: 'workload',
  reads: [...workloadGroupKinds, 'aws/eks/Cluster', 'k8s/Node'],
  sources: [
    'https://docs.aws.amazon.com/eks/latest/userguide/security-groups-for-pods.html',
    'https://docs.aws.amazon.com/eks/latest/userguide/auto-sgp.html',
  ],

  test({ subject: workload, world }) {
    const selected = selectedBy(world, workload)
    if (selected === undefined) return skip('no policy selects the workload')
    const nodes = nodesOf(world, workload)
    const [first] = nodes
    if (first === undefined) return skip('no pod of the workload runs yet')
    const wrong = nodes.map(node => placeWithout(world, node)).find(place => place !== undefined)
    const [policy] = selected.policies
    const gives = policy.at(['metadata', 'name'], `this policy gives ${workload.name} groups of its own`)
    if (wrong === undefined)
      return pass(gives, ...nodes.slice(0, 3).map(node => node.at(['metadata', 'name'], 'and takes effect on this node')))
    return fail({
      message: `policy ${policy.id} selects ${workload.name}, which runs on ${wrong.where}, where policies have no effect`,
      evidence: [wrong.at, ...wrong.also, gives],
      effect: 'The pods run with the groups of their node or node class, and whatever the policy was to close is open.',
      help: wrong.help,
    })
  },
})

interface Wrong {
  readonly where: string
  readonly at: Evidence
  readonly also: readonly Evidence[]
  readonly help: string
}

/** The nodes on which its pods run. */
function nodesOf(world: Reader<'k8s/Node'>, workload: Workload): readonly Resource<'k8s/Node'>[] {
  const names = new Set(workload.pods().flatMap(({ body }) => body.spec?.nodeName ?? []))
  return [...names].flatMap(name => world.find('k8s/Node', name, { cluster: workload.cluster }) ?? [])
}

function placeWithout(world: Reader<'aws/eks/Cluster'>, node: Resource<'k8s/Node'>): Wrong | undefined {
  const platform = platformOfNode(node.body)
  const at = (label: string) => node.at(['metadata', 'labels', computeType], label)
  if (platform === 'hybrid')
    return {
      where: 'a hybrid node',
      at: at('a hybrid node has no network interfaces in the VPC'),
      also: [],
      help: 'Use NetworkPolicies there.',
    }
  if (platform !== 'auto') return undefined
  const name = 'cluster' in node.scope ? node.scope.cluster : ''
  const cluster = eksCluster(world, name)
  if (cluster === undefined) throw new Unread(whyNoCluster(world, name))
  const { version } = cluster.body
  if (version === undefined) throw new Unread({ kind: cluster.kind, id: cluster.id, reason: 'the cluster does not say its version' })
  if (isAtLeastMinor(version, 36)) return undefined
  return {
    where: `a node of EKS Auto Mode of version ${version}`,
    at: at('a node of EKS Auto Mode'),
    also: [cluster.at(['version'], 'policies work in Auto Mode from 1.36 on')],
    help: 'Upgrade the cluster to 1.36 or later, set podSecurityGroupSelectorTerms in a NodeClass of their own, or run the pods on other nodes.',
  }
}

function isAtLeastMinor(version: string, least: number): boolean {
  const [major = '', minor = ''] = version.split('.')
  return Number(major) > 1 || Number(minor) >= least
}
