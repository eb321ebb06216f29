import { defineCheck } from '#joints/define.ts'
import { workloadKinds } from '#joints/workloads.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { classOf } from '../classes.ts'
import { mountEvidence, mountsOf } from '../mounts.ts'
import { settled } from '../settled.ts'

export default defineCheck({
  id: 'secrets-store/class-missing',
  title: 'A volume names a SecretProviderClass that its namespace does not have',
  severity: 'high',
  since: '0.1.0',
  subject: 'workload',
  reads: [...workloadKinds, 'k8s/SecretProviderClass'],
  sources: [
    'https://secrets-store-csi-driver.sigs.k8s.io/concepts#secretproviderclass',
    'https://github.com/kubernetes-sigs/secrets-store-csi-driver/blob/v1.6.0/pkg/secrets-store/utils.go',
  ],

  test({ subject: workload, world }) {
    return settled(
      mountsOf(world, workload),
      mount => {
        const { className = '' } = mount
        if (className === '') return skip('the volume names no class: secrets-store/volume-incomplete says so')
        const found = classOf(world, mount)
        if (found !== undefined) return pass(found.at(['metadata', 'name'], 'the class that the volume names'))
        const elsewhere = world.seen('k8s/SecretProviderClass').filter(({ scope, body }) => {
          const isHere = 'cluster' in scope && scope.cluster === workload.cluster
          return isHere && body.metadata.name === className
        })
        const [first] = elsewhere
        const other = first === undefined ? '' : `, and namespace ${first.body.metadata.namespace} has one`
        return fail({
          message: `${workload.name} mounts SecretProviderClass ${className}, which namespace ${workload.namespace} does not have${other}`,
          evidence: [
            mountEvidence(mount, `no SecretProviderClass ${workload.namespace}/${className}`),
            ...elsewhere.slice(0, 3).map(each => each.at(['metadata', 'namespace'], 'this one is of another namespace')),
          ],
          effect: `The pods wait in ContainerCreating: failed to get secretproviderclass ${workload.namespace}/${className}, error: … not found.`,
          help: `Make SecretProviderClass ${className} in namespace ${workload.namespace}: a volume can name no other namespace.`,
        })
      },
      'no volume of it is mounted by the Secrets Store CSI driver',
    )
  },
})
