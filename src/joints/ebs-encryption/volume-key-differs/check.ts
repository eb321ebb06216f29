import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { ebsDriverOf, keyParameter } from '../classes.ts'
import { driftOf } from '../drift.ts'
import { clusterOf, homeOf } from '../home.ts'
import { keyNamed, parseKeyName, shortKey } from '../keys.ts'
import { handleOf, volumeOf, volumeText } from '../volumes.ts'

export default defineCheck({
  id: 'ebs-encryption/volume-key-differs',
  title: 'An EBS volume is encrypted with another key than its StorageClass names',
  severity: 'medium',
  since: '0.1.0',
  subject: 'k8s/PersistentVolume',
  reads: ['aws/ec2/Volume', 'aws/eks/Cluster', 'aws/kms/Key', 'k8s/StorageClass'],
  sources: [
    'https://kubernetes.io/docs/concepts/storage/storage-classes/',
    'https://docs.aws.amazon.com/ebs/latest/userguide/how-ebs-encryption-works.html',
  ],

  test({ subject: volume, world }) {
    const handle = handleOf(volume)
    if (handle === undefined) return skip('it is not of EBS')
    const real = volumeOf(world, volume, handle)
    if (real?.body.KmsKeyId === undefined) return skip('it is not there, or not encrypted, which other checks tell')
    const name = volume.body.spec?.storageClassName
    const storageClass = name === undefined || name === '' ? undefined : world.find('k8s/StorageClass', name, volume.scope)
    const parameter = storageClass === undefined || ebsDriverOf(storageClass) === undefined ? undefined : keyParameter(storageClass)
    if (storageClass === undefined || parameter === undefined) return skip('its class names no key')
    const wanted = parseKeyName(parameter.value, homeOf(world, clusterOf(volume)))
    if (wanted.is === 'malformed') return skip('the class names no key that EC2 understands')
    const arn = wanted.is === 'key' ? wanted.arn : keyNamed(world, wanted)?.id
    if (arn === undefined) return skip('no key has the alias that the class names')
    const has = real.at(['KmsKeyId'], 'EC2 says that this is its key')
    const says = storageClass.at(parameter.path, 'the class names this key')
    if (arn === real.body.KmsKeyId) return pass(has, says, volume.at(handle.path, 'it stands for this volume'))
    const drift = driftOf(volume, storageClass)
    return fail({
      message: `${volumeText(volume, handle)} is encrypted with ${shortKey(real.body.KmsKeyId)}, and StorageClass ${storageClass.id} names ${shortKey(arn)}: ${drift.why}`,
      evidence: [has, says, volume.at(handle.path, 'it stands for this volume'), ...drift.evidence],
      effect:
        'Whoever disables or deletes keys by what the classes name cuts the volume off, or believes that it is cut off when it is not.',
      help: `The key of a volume does not change: copy a snapshot of ${handle.volumeId} with the key, make a claim from it, and move the pods over.`,
    })
  },
})
