import { jointBlueprints } from '#joints/blueprints.ts'
import { networkOf, type ClusterNetwork } from '#joints/network.ts'
import type { Proposal } from '#joints/proposal.ts'
import { applyChanges } from '#model/change.ts'
import { awsKinds, kubernetesKinds, type Kind } from '#model/kinds.ts'
import { Resource, type Scope } from '#model/resource.ts'
import { plannedIn, withIds } from '#model/planned-id.ts'
import { World } from '#model/world.ts'
import { parseBlueprint } from '#sources/files/read-blueprint.ts'
import type { Answer, Endpoint, Question } from '#network/question.ts'

export const cluster = 'prod'
const account = '111122223333'
const region = 'eu-central-1'
const inCluster = { cluster }
const inRegion = { account, region }
export const vpcId = 'vpc-1'
const origin = { locate: () => ({ in: 'api', call: 'test', path: '.', excerpt: '' }) as const }
const arn = (type: string, id: string) => `arn:aws:ec2:${region}:${account}:${type}/${id}`

const resource = (kind: Kind, id: string, scope: Scope, body: unknown) =>
  new Resource(kind, id, scope, body as never, origin) as unknown as Resource

interface KubernetesObject {
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
  }
}

export function kubernetes(kind: Kind, body: KubernetesObject & Readonly<Record<string, unknown>>): Resource {
  const { name, namespace } = body.metadata
  return resource(kind, namespace === undefined ? name : `${namespace}/${name}`, inCluster, body)
}

const admitting = (port: number, groups: readonly string[]) => ({
  IpPermissions: groups.map(GroupId => ({
    IpProtocol: 'tcp',
    FromPort: port,
    ToPort: port,
    UserIdGroupPairs: [{ GroupId, UserId: account }],
  })),
  IpPermissionsEgress: [],
})

/** A workload with one pod on each of its nodes. */
export interface AppOptions {
  readonly namespace: string
  readonly account: string
  readonly name?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly ports?: readonly number[]
  readonly nodes?: readonly number[]
  readonly spec?: Readonly<Record<string, unknown>>
  /** What its Service selects by; without it, there is none. */
  readonly service?: Readonly<Record<string, string>>
}

/** What EC2 and the API server would tell of a small cluster on two nodes. */
export class BlueprintWorld {
  readonly resources: Resource[] = []
  readonly #addresses = new Map<number, string[]>([
    [1, []],
    [2, []],
  ])

  /** @param configuration of the add-on vpc-cni, as its DaemonSet has it */
  constructor(configuration: Configuration = {}) {
    this.#network()
    this.#kubeSystem(configuration)
  }

  /** Where the pods of an app are, by `namespace/pod`. */
  app({
    namespace,
    account: serviceAccountName,
    name = serviceAccountName,
    labels = { app: name },
    ports = [8080],
    nodes = [1, 2],
    spec,
    service,
  }: AppOptions): readonly string[] {
    this.#namespace(namespace)
    if (!this.resources.some(({ kind, id }) => kind === 'k8s/ServiceAccount' && id === `${namespace}/${serviceAccountName}`))
      this.resources.push(kubernetes('k8s/ServiceAccount', { metadata: { name: serviceAccountName, namespace } }))
    const containers = [{ name: 'main', ports: ports.map(containerPort => ({ containerPort })) }]
    const podSpec = { serviceAccountName, containers, ...spec }
    const template = { metadata: { labels }, spec: podSpec }
    this.resources.push(
      kubernetes('k8s/Deployment', {
        metadata: { name, namespace },
        spec: { selector: { matchLabels: labels }, replicas: nodes.length, template },
      }),
    )
    const pods = nodes.map(node => {
      const pod = `${name}-7d-${node}`
      const ownerReferences = [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: `${name}-7d`, uid: name, controller: true }]
      const metadata = { name: pod, namespace, labels: { ...labels, 'pod-template-hash': '7d' }, ownerReferences }
      const address = this.#address(node)
      const status = { phase: 'Running', podIP: address, podIPs: [{ ip: address }], hostIP: `10.0.${node}.10` }
      this.resources.push(kubernetes('k8s/Pod', { metadata, spec: { ...podSpec, nodeName: `n${node}` }, status }))
      return { id: `${namespace}/${pod}`, address, node, pod }
    })
    if (service !== undefined) this.#service(namespace, name, service, ports, pods)
    return pods.map(({ id }) => id)
  }

  /** @param admits groups that its own group lets in at 5432 */
  database(name: string, admits: readonly string[] = []): void {
    const group = { GroupId: 'sg-0db1', SecurityGroupArn: arn('security-group', 'sg-0db1'), GroupName: name, VpcId: vpcId }
    this.resources.push(
      resource('aws/ec2/SecurityGroup', group.SecurityGroupArn, inRegion, { ...group, ...admitting(5432, admits) }),
      resource('aws/rds/DBInstance', `arn:aws:rds:${region}:${account}:db:${name}`, inRegion, {
        DBInstanceArn: `arn:aws:rds:${region}:${account}:db:${name}`,
        DBInstanceIdentifier: name,
        VpcSecurityGroups: [{ VpcSecurityGroupId: group.GroupId, Status: 'active' }],
        DBSubnetGroup: { VpcId: vpcId, Subnets: [{ SubnetIdentifier: 'subnet-3' }] },
      }),
      this.#interface(`eni-${name}`, 3, ['10.0.3.50'], [group.GroupId], {}),
    )
  }

  association(namespace: string, serviceAccount: string): void {
    const id = `arn:aws:eks:${region}:${account}:podidentityassociation/${cluster}/a-${serviceAccount}`
    const body = { associationArn: id, clusterName: cluster, namespace, serviceAccount, roleArn: `arn:aws:iam::${account}:role/r` }
    this.resources.push(resource('aws/eks/PodIdentityAssociation', id, { ...inRegion, clusterName: cluster }, body))
  }

  /** @param admits groups that its own group lets in at 443 */
  endpoint(service: string, admits: readonly string[] = []): void {
    const group = { GroupId: 'sg-0e', SecurityGroupArn: arn('security-group', 'sg-0e'), GroupName: 'endpoints', VpcId: vpcId }
    this.resources.push(
      resource('aws/ec2/SecurityGroup', group.SecurityGroupArn, inRegion, { ...group, ...admitting(443, admits) }),
      resource('aws/ec2/VpcEndpoint', arn('vpc-endpoint', `vpce-${service}`), inRegion, {
        Arn: arn('vpc-endpoint', `vpce-${service}`),
        VpcEndpointId: `vpce-${service}`,
        VpcId: vpcId,
        ServiceName: `com.amazonaws.${region}.${service}`,
        VpcEndpointType: 'Interface',
        PrivateDnsEnabled: true,
        NetworkInterfaceIds: [`eni-${service}`],
        Groups: [{ GroupId: 'sg-0e' }],
      }),
      this.#interface(`eni-${service}`, 3, ['10.0.3.60'], ['sg-0e'], {}),
    )
  }

  world(): World {
    const interfaces = [1, 2].map(node =>
      this.#interface(`eni-n${node}`, node, [`10.0.${node}.10`, ...(this.#addresses.get(node) ?? [])], ['sg-0c'], {
        InstanceId: `i-${node}`,
        DeviceIndex: 0,
      }),
    )
    // AWS's controller makes PolicyEndpoints of policies, later.
    const read = [...Object.keys(kubernetesKinds), ...Object.keys(awsKinds)].flatMap(kind =>
      kind === 'k8s/PolicyEndpoint' ? [] : { kind: kind as Kind },
    )
    return new World({ resources: [...this.resources, ...interfaces], read, unread: [], readAt: '2026-01-01T00:00:00Z' })
  }

  #address(node: number): string {
    const all = this.#addresses.get(node) ?? []
    const address = `10.0.${node}.${20 + all.length}`
    all.push(address)
    return address
  }

  #namespace(name: string): void {
    if (this.resources.some(({ kind, id }) => kind === 'k8s/Namespace' && id === name)) return
    this.resources.push(kubernetes('k8s/Namespace', { metadata: { name, labels: { 'kubernetes.io/metadata.name': name } } }))
  }

  #service(
    namespace: string,
    name: string,
    selector: Readonly<Record<string, string>>,
    ports: readonly number[],
    pods: readonly { readonly pod: string; readonly address: string; readonly node: number }[],
  ): void {
    const clusterIP = `172.20.0.${20 + this.resources.filter(({ kind }) => kind === 'k8s/Service').length}`
    const named = ports.map(port => ({ name: `p${port}`, port, protocol: 'TCP' }))
    this.resources.push(
      kubernetes('k8s/Service', {
        metadata: { name, namespace },
        spec: { selector, clusterIP, clusterIPs: [clusterIP], ports: named.map(each => ({ ...each, targetPort: each.port })) },
      }),
      kubernetes('k8s/EndpointSlice', {
        metadata: { name: `${name}-1`, namespace, labels: { 'kubernetes.io/service-name': name } },
        addressType: 'IPv4',
        ports: named,
        endpoints: pods.map(({ pod, address, node }) => ({
          addresses: [address],
          conditions: { ready: true },
          nodeName: `n${node}`,
          targetRef: { kind: 'Pod', namespace, name: pod },
        })),
      }),
    )
  }

  #kubeSystem(configuration: Configuration): void {
    this.app({ namespace: 'kube-system', account: 'coredns', labels: { 'k8s-app': 'kube-dns' }, ports: [53], nodes: [2] })
    const ip = this.#addresses.get(2)?.[0] ?? ''
    const name = 'coredns-7d-2'
    const ports = (['UDP', 'TCP'] as const).map(protocol => ({ name: protocol.toLowerCase(), port: 53, protocol }))
    this.resources.push(
      kubernetes('k8s/Service', {
        metadata: { name: 'kube-dns', namespace: 'kube-system' },
        spec: {
          selector: { 'k8s-app': 'kube-dns' },
          clusterIP: '172.20.0.10',
          clusterIPs: ['172.20.0.10'],
          ports: ports.map(each => ({ ...each, targetPort: 53 })),
        },
      }),
      kubernetes('k8s/EndpointSlice', {
        metadata: { name: 'kube-dns-1', namespace: 'kube-system', labels: { 'kubernetes.io/service-name': 'kube-dns' } },
        addressType: 'IPv4',
        ports,
        endpoints: [
          {
            addresses: [ip],
            conditions: { ready: true },
            nodeName: 'n2',
            targetRef: { kind: 'Pod', namespace: 'kube-system', name },
          },
        ],
      }),
      vpcCni(configuration.env ?? {}, configuration.enableNetworkPolicy === 'true', configuration.init?.env),
      resource(
        'aws/eks/Addon',
        `arn:aws:eks:${region}:${account}:addon/${cluster}/vpc-cni/1`,
        { ...inRegion, clusterName: cluster },
        {
          addonArn: `arn:aws:eks:${region}:${account}:addon/${cluster}/vpc-cni/1`,
          addonName: 'vpc-cni',
          clusterName: cluster,
          status: 'ACTIVE',
          ...(Object.keys(configuration).length === 0 ? {} : { configurationValues: JSON.stringify(configuration) }),
        },
      ),
    )
  }

  #network(): void {
    const roleArn = `arn:aws:iam::${account}:role/cluster`
    const group = { GroupId: 'sg-0c', SecurityGroupArn: arn('security-group', 'sg-0c'), GroupName: 'cluster', VpcId: vpcId }
    this.resources.push(
      resource('aws/eks/Cluster', `arn:aws:eks:${region}:${account}:cluster/${cluster}`, inRegion, {
        arn: `arn:aws:eks:${region}:${account}:cluster/${cluster}`,
        name: cluster,
        version: '1.34',
        roleArn,
        resourcesVpcConfig: { vpcId, clusterSecurityGroupId: 'sg-0c' },
        kubernetesNetworkConfig: { ipFamily: 'ipv4', serviceIpv4Cidr: '172.20.0.0/16' },
      }),
      resource(
        'aws/iam/Role',
        roleArn,
        { account },
        { Arn: roleArn, RoleName: 'cluster', AttachedManagedPolicies: [], RolePolicyList: [] },
      ),
      resource('aws/ec2/SecurityGroup', group.SecurityGroupArn, inRegion, {
        ...group,
        IpPermissions: [{ IpProtocol: '-1', UserIdGroupPairs: [{ GroupId: 'sg-0c', UserId: account }] }],
        IpPermissionsEgress: [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
      }),
      resource('aws/ec2/Vpc', arn('vpc', vpcId), inRegion, {
        Arn: arn('vpc', vpcId),
        VpcId: vpcId,
        CidrBlock: '10.0.0.0/16',
        CidrBlockAssociationSet: [{ CidrBlock: '10.0.0.0/16', CidrBlockState: { State: 'associated' } }],
      }),
      ...[1, 2, 3].map(number =>
        resource('aws/ec2/Subnet', arn('subnet', `subnet-${number}`), inRegion, {
          SubnetArn: arn('subnet', `subnet-${number}`),
          SubnetId: `subnet-${number}`,
          VpcId: vpcId,
          CidrBlock: `10.0.${number}.0/24`,
        }),
      ),
      resource('aws/ec2/RouteTable', arn('route-table', 'rtb-1'), inRegion, {
        Arn: arn('route-table', 'rtb-1'),
        RouteTableId: 'rtb-1',
        VpcId: vpcId,
        Associations: [{ Main: true, RouteTableId: 'rtb-1' }],
        Routes: [
          { DestinationCidrBlock: '10.0.0.0/16', GatewayId: 'local', State: 'active' },
          { DestinationCidrBlock: '0.0.0.0/0', NatGatewayId: 'nat-1', State: 'active' },
        ],
      }),
      resource('aws/ec2/RouteTable', arn('route-table', 'rtb-2'), inRegion, {
        Arn: arn('route-table', 'rtb-2'),
        RouteTableId: 'rtb-2',
        VpcId: vpcId,
        Associations: [{ Main: false, RouteTableId: 'rtb-2', SubnetId: 'subnet-3' }],
        Routes: [
          { DestinationCidrBlock: '10.0.0.0/16', GatewayId: 'local', State: 'active' },
          { DestinationCidrBlock: '0.0.0.0/0', GatewayId: 'igw-1', State: 'active' },
        ],
      }),
      resource('aws/ec2/NatGateway', arn('natgateway', 'nat-1'), inRegion, {
        Arn: arn('natgateway', 'nat-1'),
        NatGatewayId: 'nat-1',
        VpcId: vpcId,
        SubnetId: 'subnet-3',
        State: 'available',
        ConnectivityType: 'public',
        NatGatewayAddresses: [{ NetworkInterfaceId: 'eni-nat', PrivateIp: '10.0.3.5', PublicIp: '203.0.113.5' }],
      }),
      resource('aws/ec2/NetworkAcl', arn('network-acl', 'acl-1'), inRegion, {
        Arn: arn('network-acl', 'acl-1'),
        NetworkAclId: 'acl-1',
        VpcId: vpcId,
        Associations: [1, 2, 3].map(number => ({ SubnetId: `subnet-${number}`, NetworkAclId: 'acl-1' })),
        Entries: [true, false].flatMap(Egress => [
          { RuleNumber: 100, Egress, Protocol: '-1', RuleAction: 'allow', CidrBlock: '0.0.0.0/0' },
          { RuleNumber: 32_767, Egress, Protocol: '-1', RuleAction: 'deny', CidrBlock: '0.0.0.0/0' },
        ]),
      }),
    )
    for (const node of [1, 2]) {
      const labels = { 'kubernetes.io/os': 'linux', 'node.kubernetes.io/instance-type': 'm5.large' }
      const metadata = { name: `n${node}`, labels }
      const status = {
        addresses: [{ type: 'InternalIP', address: `10.0.${node}.10` }],
        allocatable: { 'vpc.amazonaws.com/pod-eni': '9' },
      }
      this.resources.push(kubernetes('k8s/Node', { metadata, spec: { providerID: `aws:///${region}a/i-${node}` }, status }))
    }
  }

  #interface(id: string, subnet: number, addresses: readonly string[], groups: readonly string[], attachment: object): Resource {
    return resource('aws/ec2/NetworkInterface', arn('network-interface', id), inRegion, {
      Arn: arn('network-interface', id),
      NetworkInterfaceId: id,
      VpcId: vpcId,
      SubnetId: `subnet-${subnet}`,
      InterfaceType: 'interface',
      PrivateIpAddress: addresses[0],
      PrivateIpAddresses: addresses.map((PrivateIpAddress, index) => ({ PrivateIpAddress, Primary: index === 0 })),
      Groups: groups.map(GroupId => ({ GroupId })),
      Attachment: attachment,
    })
  }
}

/** The DaemonSet aws-node as its add-on makes it. */
function vpcCni(env: Readonly<Record<string, string>>, isEnforcing: boolean, init: Readonly<Record<string, string>> = {}): Resource {
  const variables = (values: Readonly<Record<string, string>>) => Object.entries(values).map(([name, value]) => ({ name, value }))
  const image = 'registry.example/amazon-k8s-cni:v1.20.1'
  return kubernetes('k8s/DaemonSet', {
    metadata: { name: 'aws-node', namespace: 'kube-system' },
    spec: {
      selector: { matchLabels: { 'k8s-app': 'aws-node' } },
      template: {
        metadata: { labels: { 'k8s-app': 'aws-node' } },
        spec: {
          hostNetwork: true,
          serviceAccountName: 'aws-node',
          initContainers: [{ name: 'aws-vpc-cni-init', env: variables(init) }],
          containers: [
            { name: 'aws-node', image, env: variables(env) },
            { name: 'aws-eks-nodeagent', args: [`--enable-network-policy=${String(isEnforcing)}`] },
          ],
        },
      },
    },
  })
}

interface Configuration {
  readonly env?: Readonly<Record<string, string>>
  readonly init?: { readonly env?: Readonly<Record<string, string>> }
  readonly enableNetworkPolicy?: string
}

/** What AWS does once everything is made: groups get their ids, and the DaemonSet and ConfigMap of an add-on become what its configuration says. */
export function settled(planned: World): World {
  const world = named(planned)
  const [addon] = world.seen('aws/eks/Addon')
  const { env = {}, init, enableNetworkPolicy } = JSON.parse(addon?.body.configurationValues ?? '{}') as Configuration
  const isOn = enableNetworkPolicy === 'true'
  const data = { 'enable-network-policy-controller': String(isOn) }
  return world
    .replace(vpcCni(env, isOn, init?.env))
    .replace(kubernetes('k8s/ConfigMap', { metadata: { name: 'amazon-vpc-cni', namespace: 'kube-system' }, data }))
}

function named(world: World): World {
  const planned = world.seen('aws/ec2/SecurityGroup').filter(({ id }) => plannedIn(id) !== undefined)
  const ids = new Map(planned.map(({ id }, index) => [id, `sg-${(index + 0xa0).toString(16).padStart(17, '0')}`]))
  const resources = [...world.resources()].map(each => {
    const body = withIds(each.body, ids) as { readonly GroupId?: string }
    if (each.kind !== 'aws/ec2/SecurityGroup' || !ids.has(each.id)) return each.with(body as never)
    const own = arn('security-group', body.GroupId ?? '')
    return resource(each.kind, own, each.scope, { ...body, SecurityGroupArn: own })
  })
  return new World({ resources, read: world.read, unread: world.unread, ...(world.readAt === undefined ? {} : { readAt: world.readAt }) })
}

export interface PlannedWorld {
  readonly proposals: readonly Proposal[]
  /** As it is once everything is made, and the add-on rolled out. */
  readonly world: World
}

/** The plan for a blueprint, by every part of the joints of the network, and the world that it makes. */
export function planned(before: World, text: string): PlannedWorld {
  const blueprint = parseBlueprint(`cluster: ${cluster}\n${text}`, 'mortise.yaml')
  const names = new Set(['security-groups-for-pods', 'network-policy'])
  const parts = jointBlueprints.filter(({ joint }) => names.has(joint)).flatMap(joint => joint.parts(blueprint))
  const proposals: Proposal[] = []
  let world = before
  for (const part of parts) {
    const [eks] = world.seen('aws/eks/Cluster')
    if (eks === undefined) throw new Error('there is no cluster')
    const made = part.propose(world, eks)
    proposals.push(...made)
    world = applyChanges(
      world,
      made.map(({ change }) => change),
    )
  }
  return { proposals, world: settled(world) }
}

export const viewOf = (world: World): ClusterNetwork => networkOf(world, cluster)

/** Of every pod of one app to an end, or to every pod of another: the verdicts, each once. */
export function verdictsBetween(
  { network }: ClusterNetwork,
  from: readonly Endpoint[],
  to: readonly Endpoint[],
  traffic: Pick<Question, 'protocol' | 'port' | 'placement'>,
): readonly Answer['verdict'][] {
  const all = from.flatMap(source => to.map(destination => network.answer({ from: source, to: destination, ...traffic }).verdict))
  return [...new Set(all)].sort()
}
