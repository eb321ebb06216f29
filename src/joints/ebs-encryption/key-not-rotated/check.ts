import { defineCheck } from '#joints/define.ts'
import { perWorld } from '#joints/per-world.ts'
import { canRotate } from '#model/kinds-aws.ts'
import type { Evidence } from '#model/resource.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import type { Reader } from '#model/world.ts'
import { keyUseKinds } from '../kinds.ts'
import { keyText, usesOf, type Key, type KeyUseReader } from '../keys.ts'

export default defineCheck({
  id: 'ebs-encryption/key-not-rotated',
  title: 'A customer managed key of volumes or of a cluster is not rotated',
  severity: 'low',
  since: '0.1.0',
  subject: 'aws/kms/Key',
  reads: [...keyUseKinds, 'aws/kms/KeyRotation'],
  sources: [
    'https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html',
    'https://docs.aws.amazon.com/kms/latest/APIReference/API_GetKeyRotationStatus.html',
    'https://docs.aws.amazon.com/securityhub/latest/userguide/kms-controls.html',
  ],

  test({ subject: key, world }) {
    if (!canRotate(key.body)) return skip('AWS rotates the key itself, or KMS cannot rotate it')
    if ((key.body.KeyState ?? 'Enabled') !== 'Enabled') return skip('the key cannot be used as it is, and does not rotate meanwhile')
    const use = useOf(world, key)
    if (use === undefined) return skip('no class, no volume and no cluster uses the key')
    const rotation = world.find('aws/kms/KeyRotation', key.id)
    const isOn = rotation?.body.KeyRotationEnabled
    if (rotation === undefined || isOn === undefined) return skip('it was not told whether the key rotates')
    const at = (label: string) => rotation.at(['KeyRotationEnabled'], label)
    if (isOn) return pass(at('KMS rotates the key'), use.at('it is the key of this'))
    return fail({
      message: `${keyText(key)} of ${use.text} is not rotated`,
      evidence: [at('its key material stays what it is'), use.at('it is the key of this')],
      effect: 'The same key material protects every data key for as long as the key lives: who once got hold of it reads them all.',
      help: `aws kms enable-key-rotation ${primaryOf(key)}: what is encrypted stays readable, and nothing is encrypted anew.`,
    })
  },
})

interface Use {
  readonly text: string
  at(label: string): Evidence
}

/** Something that uses the key. @throws Unread when nothing is known to, and not everything that could was read */
function useOf(world: KeyUseReader & Reader<'aws/eks/Cluster'>, key: Key): Use | undefined {
  const cluster = clusterUses(world).get(key.id)
  if (cluster !== undefined) return cluster
  const [use] = usesOf(world, key)
  if (use === undefined && world.seen('aws/eks/Cluster').length === 0) world.list('aws/eks/Cluster', key.scope)
  return use
}

/** Clusters by the key with which they encrypt what is in etcd. */
const clusterUses = perWorld(
  (world: Reader<'aws/eks/Cluster'>): ReadonlyMap<string, Use> =>
    new Map(
      world.seen('aws/eks/Cluster').flatMap(cluster =>
        (cluster.body.encryptionConfig ?? []).flatMap(({ provider }, index) => {
          const path = ['encryptionConfig', index, 'provider', 'keyArn']
          const use = { text: `cluster ${cluster.body.name}`, at: (label: string) => cluster.at(path, label) }
          return provider?.keyArn === undefined ? [] : [[provider.keyArn, use] as const]
        }),
      ),
    ),
)

/** Related multi-Region keys share whether they rotate, which is set at their primary key. */
function primaryOf({ body: { KeyId, MultiRegionConfiguration } }: Key): string {
  const { Arn, Region } = MultiRegionConfiguration?.PrimaryKey ?? {}
  return Arn === undefined || Region === undefined ? `--key-id ${KeyId}` : `--region ${Region} --key-id ${Arn}`
}
