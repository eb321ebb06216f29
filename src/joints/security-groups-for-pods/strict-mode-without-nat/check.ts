import { eksCluster } from '#joints/clusters.ts'
import { defineCheck } from '#joints/define.ts'
import { vpcCniKinds } from '#joints/vpc-cni.ts'
import type { Resource } from '#model/resource.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import type { Reader } from '#model/world.ts'
import { livePods, namedWith } from '../../irsa/judged-shapes.ts'
import { enforcingOf } from '../enforcing-mode.ts'
import { branchInterfaces, clusterVpc, type ClusterVpc } from '../pod-interfaces.ts'

export default defineCheck({
  id: 'security-groups-for-pods/strict-mode-without-nat',
  title: 'In strict mode pods with groups of their own stand in a public subnet, and cannot reach the Internet from there',
  severity: 'high',
  since: '0.1.0',
  subject: 'workload',
  reads: [...vpcCniKinds, 'aws/ec2/NetworkInterface', 'aws/ec2/RouteTable', 'aws/eks/Cluster'],
  sources: [
    'https://docs.aws.amazon.com/eks/latest/userguide/security-groups-for-pods.html',
    'https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Internet_Gateway.html',
  ],

  test({ subject: workload, world }) {
    const pods = livePods(workload)
    const carried = pods.flatMap(pod => branchInterfaces(world, pod).map(item => ({ pod, item })))
    if (carried.length === 0) return skip('no pod of the workload has a branch interface')
    if (eksCluster(world, workload.cluster)?.body.kubernetesNetworkConfig?.ipFamily === 'ipv6')
      return skip('its pods have IPv6 addresses, which nothing translates')
    const enforcing = enforcingOf(world, workload.cluster)
    if (enforcing === undefined) return skip('the cluster does not run the VPC CNI')
    if (enforcing.mode === 'standard')
      return pass(
        ...carried.slice(0, 1).map(({ item }) => item.at(['SubnetId'], 'its own address is not used outside the VPC')),
        enforcing.at,
      )
    const within = clusterVpc(world, workload.cluster)
    const routed = carried.map(({ pod, item }) => ({ pod, item, way: wayOut(world, within, item.body.SubnetId ?? '') }))
    const exposed = routed.filter(({ way, item }) => way?.gateway === true && item.body.Association?.PublicIp === undefined)
    const [first] = exposed
    if (first?.way === undefined)
      return pass(
        ...routed
          .slice(0, 3)
          .flatMap(
            ({ way, item }) =>
              way?.table.at(way.path, 'no way out that needs a public address') ?? item.at(['SubnetId'], 'its subnet has no way out'),
          ),
      )
    return fail({
      message: `${namedWith(workload, { pods: [...new Set(exposed.map(({ pod }) => pod))], of: pods.length })} stands in public subnet ${first.item.body.SubnetId ?? ''} with an interface of its own, which has no public address`,
      evidence: [
        first.way.table.at(first.way.path, 'what leaves the VPC is sent to the internet gateway'),
        first.item.at(['SubnetId'], 'the interface of the pod is in this subnet, and has a private address alone'),
        enforcing.at,
      ],
      effect:
        'Nothing translates the address of the pod in strict mode, and an internet gateway drops what comes from a private one: the pod reaches nothing outside the VPC but through endpoints.',
      help: 'Run the nodes in private subnets whose route leads to a NAT gateway, or set POD_SECURITY_GROUP_ENFORCING_MODE to standard, with AWS_VPC_K8S_CNI_EXTERNALSNAT off, and replace the pods.',
    })
  },
})

interface WayOut {
  readonly table: Resource<'aws/ec2/RouteTable'>
  readonly path: readonly (string | number)[]
  /** It leads to an internet gateway. */
  readonly gateway: boolean
}

/** The default route of a subnet: of the table that is associated with it, else of the main table of its VPC. */
function wayOut(world: Reader<'aws/ec2/RouteTable'>, within: ClusterVpc, subnet: string): WayOut | undefined {
  const [own] = world.where('aws/ec2/RouteTable', 'subnet', subnet, within)
  const table = own ?? world.where('aws/ec2/RouteTable', 'mainOf', within.vpc, within)[0]
  const routes = table?.body.Routes ?? []
  const index = routes.findIndex(({ DestinationCidrBlock, State }) => DestinationCidrBlock === '0.0.0.0/0' && State !== 'blackhole')
  if (table === undefined || index < 0) return undefined
  return { table, path: ['Routes', index], gateway: routes[index]?.GatewayId?.startsWith('igw-') === true }
}
