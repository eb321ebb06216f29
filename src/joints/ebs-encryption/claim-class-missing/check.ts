import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { boundVolume } from '../claims.ts'
import { classNameOf, classOf, defaultMark } from '../classes.ts'
import { clusterOf } from '../home.ts'

export default defineCheck({
  id: 'ebs-encryption/claim-class-missing',
  title: 'A claim waits for a StorageClass that does not exist',
  severity: 'high',
  since: '0.1.0',
  subject: 'k8s/PersistentVolumeClaim',
  reads: ['k8s/PersistentVolume', 'k8s/StorageClass'],
  sources: ['https://kubernetes.io/docs/concepts/storage/persistent-volumes/#class-1'],

  test({ subject: claim, world }) {
    const volume = boundVolume(world, claim)
    if (volume !== undefined) return skip('the claim has its volume')
    const name = classNameOf(claim.body)
    if (name === '') return skip('the claim waits for a volume that somebody makes by hand')
    const storageClass = classOf(world, clusterOf(claim), claim.body)
    const says =
      claim.body.spec?.storageClassName === undefined
        ? claim.at(['metadata', 'name'], 'this claim names no class')
        : claim.at(['spec', 'storageClassName'], 'this class makes its volume')
    if (storageClass !== undefined)
      return pass(
        (name === undefined ? defaultMark(storageClass) : undefined) ?? storageClass.at(['metadata', 'name'], 'the class is there'),
        says,
      )
    return fail({
      message:
        name === undefined
          ? `claim ${claim.id} names no StorageClass, and cluster ${clusterOf(claim)} has no default one`
          : `claim ${claim.id} names StorageClass ${name}, which does not exist`,
      evidence: [says],
      effect: 'No volume is made for the claim, and the pods that mount it stay Pending.',
      help:
        name === undefined
          ? 'Name a class in the claim, or mark one with storageclass.kubernetes.io/is-default-class; EKS Auto Mode brings no class of its own.'
          : `Make StorageClass ${name}, or make the claim anew with a class that is there: the class of a claim does not change.`,
    })
  },
})
