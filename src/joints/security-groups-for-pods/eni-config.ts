import { isTrue, valueOf, vpcCniOf, type VpcCniReader } from '#joints/vpc-cni.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { clusterOf } from './branch-interface.ts'
import type { Node } from './eligible-nodes.ts'

type ConfigReader = VpcCniReader & Reader<'k8s/ENIConfig'>

const usual = 'k8s.amazonaws.com/eniConfig'

/**
 * The ENIConfig by which the interfaces of a node are made; undefined without custom networking, or when the object does not exist.
 * https://github.com/aws/amazon-vpc-cni-k8s/blob/master/pkg/eniconfig/eniconfig.go
 * @throws Unread when the VPC CNI or the ENIConfig was not read
 */
export function eniConfigOf(world: ConfigReader, node: Node): Resource<'k8s/ENIConfig'> | undefined {
  const cni = vpcCniOf(world, clusterOf(node.scope))
  if (cni === undefined || !isTrue(cni.variable('AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG'))) return undefined
  const { labels = {}, annotations = {} } = node.body.metadata
  const annotation = valueOf(cni.variable('ENI_CONFIG_ANNOTATION_DEF')) || usual
  const label = valueOf(cni.variable('ENI_CONFIG_LABEL_DEF')) || usual
  const name = labels['vpc.amazonaws.com/externalEniConfig'] ?? annotations[annotation] ?? labels[label] ?? 'default'
  return world.find('k8s/ENIConfig', name, node.scope)
}
