import type { Kinds } from '#model/kinds.ts'
import type { AwsInput, NetworkInput } from './aws-input.ts'
import type { AwsLayer } from './aws/aws-layer.ts'
import { compileAws } from './aws/compile-aws.ts'
import type { Listed, PolicyInput } from './input.ts'
import type { Joined } from './joined-layers.ts'
import type { NetworkChange } from './network.ts'
import type { PolicyLayer } from './policy-layer.ts'

type Layers = readonly [input: NetworkInput, aws: AwsLayer, policies: PolicyLayer]

/** Each change touches what it must: a group the sets that hold it, a policy the rows of the pods that it selects. */
export function updateLayers(
  { input, aws, policies }: Pick<Joined, 'input' | 'aws' | 'policies'>,
  changes: readonly NetworkChange[],
): Layers {
  return changes.reduce<Layers>((layers, change) => apply(layers, change), [input, aws, policies])
}

type ListOf = { readonly [Member in keyof AwsInput]: AwsInput[Member] extends Listed<unknown> ? Member : never }[keyof AwsInput]

const awsLists: Partial<Readonly<Record<NetworkChange['kind'], ListOf>>> = {
  'aws/ec2/NetworkAcl': 'networkAcls',
  'aws/ec2/NetworkInterface': 'networkInterfaces',
  'aws/ec2/RouteTable': 'routeTables',
  'aws/ec2/SecurityGroup': 'securityGroups',
  'k8s/SecurityGroupPolicy': 'securityGroupPolicies',
  'k8s/ServiceAccount': 'serviceAccounts',
}

type PolicyListOf = {
  readonly [Member in keyof PolicyInput]: PolicyInput[Member] extends Listed<unknown> ? Member : never
}[keyof PolicyInput]

const policyLists: Partial<Readonly<Record<NetworkChange['kind'], PolicyListOf>>> = {
  'k8s/Namespace': 'namespaces',
  'k8s/NetworkPolicy': 'networkPolicies',
  'k8s/Pod': 'pods',
  'k8s/networking.k8s.aws/ClusterNetworkPolicy': 'awsClusterNetworkPolicies',
}

function apply([input, aws, policies]: Layers, change: NetworkChange): Layers {
  const policyList = policyLists[change.kind]
  if (policyList !== undefined) {
    const own = { ...input.policies, [policyList]: replaced(input.policies[policyList], change) }
    const after = change.after === undefined ? {} : { after: change.after }
    const { layer } = policies.update({ kind: change.kind, id: change.id, ...after })
    const moved = change.kind === 'k8s/Pod' ? aws.withPods(own.pods, own.nodes) : aws
    return [{ ...input, policies: own }, moved, layer]
  }
  const list = awsLists[change.kind]
  if (list === undefined) return [input, aws, policies]
  const own: AwsInput = { ...input.aws, [list]: replaced(input.aws[list], change) }
  return [{ ...input, aws: own }, changedAws(input, own, aws, change), policies]
}

function changedAws({ policies, aws: before }: NetworkInput, own: AwsInput, aws: AwsLayer, change: NetworkChange): AwsLayer {
  if (change.kind !== 'aws/ec2/SecurityGroup') return compileAws(own, policies.pods, policies.nodes)
  const id = change.after?.GroupId ?? before.securityGroups.all.find(({ SecurityGroupArn }) => SecurityGroupArn === change.id)?.GroupId
  return id === undefined ? aws : aws.withGroup(id, change.after)
}

function replaced(list: Listed<unknown>, { id, after, kind }: NetworkChange): Listed<never> {
  const all = list.all.filter(document => idOf(kind, document as Kinds[NetworkChange['kind']]) !== id)
  return { ...list, all: (after === undefined ? all : [...all, after]) as never[] }
}

/** As the world names documents: an ARN, a name, or namespace and name. */
function idOf(kind: NetworkChange['kind'], document: Kinds[NetworkChange['kind']]): string {
  if ('metadata' in document) {
    const { namespace, name = '' } = document.metadata as { readonly namespace?: string; readonly name?: string }
    return namespace === undefined ? name : `${namespace}/${name}`
  }
  return kind === 'aws/ec2/SecurityGroup'
    ? (document as Kinds['aws/ec2/SecurityGroup']).SecurityGroupArn
    : (document as { readonly Arn: string }).Arn
}
