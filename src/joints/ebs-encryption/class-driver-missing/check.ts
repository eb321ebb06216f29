import { Unread } from '#base/errors.ts'
import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { ebsDriverOf } from '../classes.ts'
import { addOnDriver, autoModeDriver } from '../drivers.ts'
import { clusterOf, homeOf } from '../home.ts'
import { operatorKinds } from '../kinds.ts'
import { controllersIn, disguisedController } from '../operator.ts'

export default defineCheck({
  id: 'ebs-encryption/class-driver-missing',
  title: 'No driver makes the volumes of a StorageClass',
  severity: 'critical',
  since: '0.1.0',
  subject: 'k8s/StorageClass',
  reads: operatorKinds,
  sources: [
    'https://docs.aws.amazon.com/eks/latest/userguide/ebs-csi.html',
    'https://docs.aws.amazon.com/eks/latest/userguide/create-storage-class.html',
  ],

  test({ subject: storageClass, world }) {
    const driver = ebsDriverOf(storageClass)
    if (driver === undefined) return skip('it is not of EBS')
    const cluster = clusterOf(storageClass)
    const names = storageClass.at(['provisioner'], 'this driver makes its volumes')
    const message = `StorageClass ${storageClass.id} leaves its volumes to ${driver}, which cluster ${cluster} does not have`
    const effect = `Its claims stay Pending: Waiting for a volume to be created either by the external provisioner '${driver}' or manually.`
    if (driver === autoModeDriver) {
      const eks = homeOf(world, cluster).cluster
      if (eks.body.storageConfig?.blockStorage?.enabled === true)
        return pass(names, eks.at(['storageConfig', 'blockStorage', 'enabled'], 'EKS Auto Mode makes volumes here'))
      return fail({
        message,
        evidence: [names, eks.at(['name'], 'EKS Auto Mode makes no volumes here')],
        effect,
        help: `Switch the block storage of EKS Auto Mode on, or install the driver and make a class with provisioner ${addOnDriver}.`,
      })
    }
    const [controller] = controllersIn(world, cluster)
    if (controller !== undefined) return pass(names, controller.image('the controller of the driver'))
    const disguised = disguisedController(world, cluster)
    if (disguised !== undefined)
      throw new Unread({
        kind: 'k8s/Deployment',
        id: disguised.id,
        reason: 'whether it is the EBS CSI driver under another image name is not told',
        settle: { by: 'user', step: 'name its image as the project does: …/aws-ebs-csi-driver' },
      })
    return fail({
      message,
      evidence: [names],
      effect,
      help: `Install the EKS add-on aws-ebs-csi-driver; in EKS Auto Mode make a class with provisioner ${autoModeDriver}.`,
    })
  },
})
