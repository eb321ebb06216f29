import { defineCheck } from '#joints/define.ts'
import { workloadKinds } from '#joints/workloads.ts'
import { setting } from '#model/change.ts'
import { fail, pass } from '#model/verdict.ts'
import { mending } from '../../irsa/replace-pods.ts'
import { mountEvidence, mountsOf } from '../mounts.ts'
import { settled } from '../settled.ts'

export default defineCheck({
  id: 'secrets-store/volume-incomplete',
  title: 'A volume of the Secrets Store CSI driver is not read-only, or names no SecretProviderClass',
  severity: 'high',
  since: '0.1.0',
  subject: 'workload',
  reads: workloadKinds,
  sources: [
    'https://secrets-store-csi-driver.sigs.k8s.io/getting-started/usage',
    'https://github.com/kubernetes-sigs/secrets-store-csi-driver/blob/v1.6.0/pkg/secrets-store/nodeserver.go',
  ],

  test({ subject: workload, world }) {
    return settled(
      mountsOf(world, workload),
      mount => {
        const { className, volume, readOnly, path } = mount
        const effect = 'The driver refuses the volume, so the pods wait in ContainerCreating'
        if (className === undefined || className === '')
          return fail({
            message: `volume ${volume} of ${workload.name} names no SecretProviderClass`,
            evidence: [mountEvidence(mount, 'volumeAttributes has no secretProviderClass')],
            effect: `${effect}: secretProviderClass is not set.`,
            help: 'Name a SecretProviderClass of the namespace in volumeAttributes.secretProviderClass.',
          })
        if (readOnly) return pass(mountEvidence(mount, `mounts ${className}`))
        const edit = setting(workload.resource, [...path, 'readOnly'], true)
        const changes = mending(workload, [edit], [], `The pods of ${workload.name} are replaced.`)
        return fail({
          message: `volume ${volume} of ${workload.name} is not read-only`,
          evidence: [mountEvidence(mount, 'its volume does not say readOnly: true')],
          effect: `${effect}: Readonly is not true in request.`,
          ...(changes === undefined
            ? { help: 'Say readOnly: true beside the driver, and make the pod anew.' }
            : { fix: { title: `mount ${className} read-only`, safe: true, changes } }),
        })
      },
      'no volume of it is mounted by the Secrets Store CSI driver',
    )
  },
})
