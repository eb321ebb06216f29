import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { settled } from '../../secrets-store/settled.ts'
import { boundVolume, claimOf, claimUsesOf } from '../claims.ts'
import { handleOf } from '../volumes.ts'

export default defineCheck({
  id: 'ebs-encryption/node-driver-missing',
  title: 'Pods with EBS volumes are on a node that the driver is not on',
  severity: 'high',
  since: '0.1.0',
  subject: 'workload',
  reads: ['k8s/CSINode', 'k8s/PersistentVolume', 'k8s/PersistentVolumeClaim'],
  sources: ['https://kubernetes-csi.github.io/docs/csi-node-object.html'],

  test({ subject: workload, world }) {
    const drivers = claimUsesOf(workload).flatMap(use => {
      const claim = claimOf(world, use)
      const volume = claim === undefined ? undefined : boundVolume(world, claim)
      return (volume === undefined ? undefined : handleOf(volume)?.driver) ?? []
    })
    const [driver] = drivers
    if (driver === undefined) return skip('it has no EBS volume yet')
    const nodes = [...new Set(workload.pods().flatMap(pod => pod.body.spec?.nodeName ?? []))].sort()
    return settled(
      nodes,
      name => {
        const node = world.find('k8s/CSINode', name, workload.resource.scope)
        if (node === undefined) return skip('the node has told of no drivers, or is gone')
        const drivers = node.body.spec.drivers ?? []
        const index = drivers.findIndex(each => each.name === driver)
        if (index >= 0) return pass(node.at(['spec', 'drivers', index, 'name'], 'the driver is on the node'))
        return fail({
          message: `a pod of ${workload.name} in ${workload.namespace} with an EBS volume is on node ${name}, and ${driver} is not`,
          evidence: [node.at(['metadata', 'name'], `${driver} is not among the drivers of this node`)],
          effect: `The volume cannot be mounted there: driver name ${driver} not found in the list of registered CSI drivers.`,
          help: 'Let the DaemonSet ebs-csi-node run on the node: its tolerations, node affinity and pods there say why it does not.',
          key: name,
        })
      },
      'no pod of it is on a node',
    )
  },
})
