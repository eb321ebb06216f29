import { definePart, type JointBlueprint } from '#joints/define-blueprint.ts'
import { namedKey } from '#joints/named-key.ts'
import type { BlueprintStorage } from '#model/blueprint.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { agentParts } from '../pod-identity/agent-proposals.ts'
import { accountProposals } from './account-proposals.ts'
import { classProposals, defaultProposals } from './class-proposals.ts'
import { driverFor, driverKinds, driverProposals } from './driver-proposals.ts'
import { homeOf } from './home.ts'
import type { Key } from './keys.ts'

export default {
  joint: 'ebs-encryption',
  parts: ({ storage }) => (storage === undefined ? [] : partsOf(storage)),
} satisfies JointBlueprint

const partsOf = (storage: BlueprintStorage) => [
  definePart({
    about: 'the EBS CSI driver',
    reads: driverKinds,
    propose: (world, cluster) =>
      driverProposals(world, { home: homeOf(world, cluster.body.name), key: keyOf(world, cluster, storage), where: storage.where }),
  }),
  // Of the association that the driver's controller then has.
  ...agentParts([], true),
  definePart({
    about: `StorageClass ${storage.class}`,
    reads: [...driverKinds, 'k8s/StorageClass'],
    propose(world, cluster) {
      const home = homeOf(world, cluster.body.name)
      return classProposals(world, { storage, home, driver: driverFor(world, home), key: keyOf(world, cluster, storage) })
    },
  }),
  ...(storage.isDefault === true
    ? [
        definePart({
          about: 'the default StorageClass',
          reads: ['k8s/StorageClass'],
          propose: (world, cluster) => defaultProposals(world, storage, cluster),
        }),
      ]
    : []),
  ...(storage.accountDefault === true
    ? [
        definePart({
          about: 'EBS encryption by default',
          reads: ['aws/ec2/EbsEncryptionByDefault', 'aws/eks/Cluster', 'aws/kms/Key'],
          propose: (world, cluster) => accountProposals(world, homeOf(world, cluster.body.name), keyOf(world, cluster, storage)),
        }),
      ]
    : []),
]

const keyOf = (world: Reader<'aws/kms/Key'>, cluster: Resource<'aws/eks/Cluster'>, { key, where }: BlueprintStorage): Key | undefined =>
  key === undefined ? undefined : namedKey(world, cluster, key, where)
