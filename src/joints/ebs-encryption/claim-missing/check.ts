import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { settled } from '../../secrets-store/settled.ts'
import { claimOf, claimUsesOf } from '../claims.ts'

export default defineCheck({
  id: 'ebs-encryption/claim-missing',
  title: 'Pods mount a PersistentVolumeClaim that does not exist',
  severity: 'high',
  since: '0.1.0',
  subject: 'workload',
  reads: ['k8s/PersistentVolume', 'k8s/PersistentVolumeClaim'],
  sources: ['https://kubernetes.io/docs/concepts/storage/persistent-volumes/#claims-as-volumes'],

  test({ subject: workload, world }) {
    return settled(
      claimUsesOf(workload),
      use => {
        const claim = claimOf(world, use)
        if (claim !== undefined) return pass(claim.at(['metadata', 'name'], 'the claim is there'), use.at('it is mounted'))
        if (use.template !== undefined) return skip('the claim is made with the pod')
        return fail({
          message: `${workload.name} in ${workload.namespace} mounts claim ${use.name ?? ''}, which does not exist in its namespace`,
          evidence: [use.at('no PersistentVolumeClaim of this name is there')],
          effect: 'The scheduler gives its pods no node: persistentvolumeclaim not found.',
          help: `Make PersistentVolumeClaim ${use.name ?? ''} in namespace ${workload.namespace}, or mount the one that was meant.`,
          key: use.name ?? '',
        })
      },
      'it mounts no claims',
    )
  },
})
