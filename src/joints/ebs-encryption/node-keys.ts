import type { Path } from '#model/place.ts'
import type { Resource } from '#model/resource.ts'

export type NodeClass = Resource<'k8s/EC2NodeClass'> | Resource<'k8s/NodeClass'>

/** A key that the volumes of new nodes are to be encrypted with. */
export interface NodeKey {
  readonly value: string
  readonly path: Path
}

/**
 * Of EKS Auto Mode one for all volumes of a node; of Karpenter one for each.
 * https://docs.aws.amazon.com/eks/latest/userguide/create-node-class.html, https://karpenter.sh/docs/concepts/nodeclasses/#specblockdevicemappings
 */
export function nodeKeys(nodeClass: NodeClass): readonly NodeKey[] {
  if (nodeClass.kind === 'k8s/NodeClass') {
    const value = nodeClass.body.spec?.ephemeralStorage?.kmsKeyID
    return value === undefined || value === '' ? [] : [{ value, path: ['spec', 'ephemeralStorage', 'kmsKeyID'] }]
  }
  return (nodeClass.body.spec?.blockDeviceMappings ?? []).flatMap(({ ebs }, index) => {
    const value = ebs?.kmsKeyID
    return value === undefined || value === '' ? [] : [{ value, path: ['spec', 'blockDeviceMappings', index, 'ebs', 'kmsKeyID'] }]
  })
}
