import { defineCheck } from '#joints/define.ts'
import { workloadKinds } from '#joints/workloads.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { driversIn } from '../installed.ts'
import { driverName, mountEvidence, mountsOf } from '../mounts.ts'

export default defineCheck({
  id: 'secrets-store/driver-missing',
  title: 'Pods mount secrets, and the cluster has no Secrets Store CSI driver',
  severity: 'critical',
  since: '0.1.0',
  subject: 'workload',
  reads: [...workloadKinds, 'k8s/CSIDriver'],
  sources: [
    'https://secrets-store-csi-driver.sigs.k8s.io/getting-started/installation',
    'https://kubernetes-csi.github.io/docs/csi-driver-object.html',
  ],

  test({ subject: workload, world }) {
    const [mount] = mountsOf(world, workload)
    if (mount === undefined) return skip('no volume of it is mounted by the Secrets Store CSI driver')
    const object = world.find('k8s/CSIDriver', driverName, workload.resource.scope)
    const [driver] = driversIn(world, workload.cluster)
    if (object !== undefined && driver !== undefined)
      return pass(object.at(['metadata', 'name'], 'the driver is known to the cluster'), driver.image('the driver'))
    const missing = object === undefined ? `no CSIDriver ${driverName}` : 'no DaemonSet of the driver'
    return fail({
      message: `${workload.name} mounts secrets with ${driverName}, and cluster ${workload.cluster} has ${missing}`,
      evidence: [
        mountEvidence(mount, 'this volume needs the driver'),
        ...(object === undefined ? [] : [object.at(['metadata', 'name'], 'the driver is known, and runs nowhere')]),
        ...(driver === undefined ? [] : [driver.image('the driver runs, and is not known to the cluster')]),
      ],
      effect: `Every pod that mounts secrets waits in ContainerCreating: ${object === undefined && driver !== undefined ? 'without its CSIDriver the driver is not told whose pod it is' : `driver name ${driverName} not found in the list of registered CSI drivers`}.`,
      help: 'Install the EKS add-on aws-secrets-store-csi-driver-provider, or the Helm chart of the AWS provider, which brings the driver.',
    })
  },
})
