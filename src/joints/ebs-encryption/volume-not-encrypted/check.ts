import { defineCheck } from '#joints/define.ts'
import type { Reader } from '#model/world.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { accountDefault } from '../account-default.ts'
import { encryptionAsked, type StorageClass } from '../classes.ts'
import { driftOf } from '../drift.ts'
import { clusterOf, homeOf } from '../home.ts'
import { handleOf, volumeOf, volumeText } from '../volumes.ts'

type OwnReader = Reader<'aws/ec2/EbsEncryptionByDefault' | 'aws/eks/Cluster'>

export default defineCheck({
  id: 'ebs-encryption/volume-not-encrypted',
  title: 'The EBS volume of a claim is not encrypted',
  severity: 'high',
  since: '0.1.0',
  subject: 'k8s/PersistentVolume',
  reads: ['aws/ec2/EbsEncryptionByDefault', 'aws/ec2/Volume', 'aws/eks/Cluster', 'k8s/StorageClass'],
  sources: [
    'https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVolumes.html',
    'https://docs.aws.amazon.com/ebs/latest/userguide/ebs-encryption.html',
  ],

  test({ subject: volume, world }) {
    const handle = handleOf(volume)
    if (handle === undefined) return skip('it is not of EBS')
    const real = volumeOf(world, volume, handle)
    if (real === undefined) return skip('EC2 has no such volume, which another check tells')
    if (real.body.Encrypted === true)
      return pass(real.at(['Encrypted'], 'EC2 says that it is encrypted'), volume.at(handle.path, 'it stands for this volume'))
    const name = volume.body.spec?.storageClassName
    const storageClass = name === undefined || name === '' ? undefined : world.find('k8s/StorageClass', name, volume.scope)
    const asked = storageClass === undefined ? undefined : encryptionAsked(storageClass)
    if (storageClass !== undefined && asked === undefined && !encryptsAnyway(world, storageClass))
      return skip('its class does not ask for encryption: ebs-encryption/class-not-encrypted or class-encrypted-ignored tells it')
    const drift = driftOf(volume, storageClass)
    const isByDefault = storageClass !== undefined && asked === undefined && drift.evidence.length === 0
    const why = isByDefault ? 'the account encrypts by default now, and did not when the volume was made' : drift.why
    const declared =
      asked === undefined ? 'is not encrypted' : `is not encrypted, though StorageClass ${storageClass?.id ?? ''} asks for it`
    return fail({
      message: `${volumeText(volume, handle)} ${declared}: ${why}`,
      evidence: [
        real.at([real.body.Encrypted === undefined ? 'VolumeId' : 'Encrypted'], 'EC2 says that it is not encrypted'),
        volume.at(handle.path, 'it stands for this volume'),
        ...(asked === undefined || storageClass === undefined ? [] : [storageClass.at(asked.path, 'the class asks for encryption')]),
        ...drift.evidence,
      ],
      effect: 'What is on it, and on its snapshots, can be read by whoever may copy or share them; no key stands between.',
      help: `A volume cannot be encrypted in place: copy a snapshot of ${handle.volumeId} with --encrypted, make a claim from it, and move the pods over.`,
    })
  },
})

const encryptsAnyway = (world: OwnReader, storageClass: StorageClass): boolean =>
  accountDefault(world, homeOf(world, clusterOf(storageClass))).body.EbsEncryptionByDefault === true
