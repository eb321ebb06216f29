import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { driversIn } from '../installed.ts'
import { driverName } from '../mounts.ts'
import { consumerOn, hasOnlyJoined, whyNotOn } from '../node-coverage.ts'

export default defineCheck({
  id: 'secrets-store/driver-absent-on-node',
  title: 'A node runs pods that mount secrets, and the Secrets Store CSI driver is not registered there',
  severity: 'high',
  since: '0.1.0',
  subject: 'k8s/Node',
  reads: ['k8s/CSINode', 'k8s/DaemonSet', 'k8s/Pod'],
  sources: ['https://kubernetes-csi.github.io/docs/csi-node-object.html', 'https://secrets-store-csi-driver.sigs.k8s.io/troubleshooting'],

  test({ subject: node, world }) {
    const consumer = consumerOn(world, node)
    if (consumer === undefined) return skip('no pod on the node mounts secrets with the driver')
    const { name } = node.body.metadata
    const csiNode = world.find('k8s/CSINode', name, node.scope)
    const index = (csiNode?.body.spec.drivers ?? []).findIndex(driver => driver.name === driverName)
    if (csiNode !== undefined && index >= 0)
      return pass(csiNode.at(['spec', 'drivers', index, 'name'], 'the driver is registered on the node'))
    if (hasOnlyJoined(world, node)) return skip('the node has only just joined: its drivers register in its first minutes')
    const drivers = driversIn(world, consumer.cluster)
    if (drivers.length === 0) return skip('the cluster has no driver: secrets-store/driver-missing says so')
    const { evidence, help } = whyNotOn(drivers, node, 'driver')
    return fail({
      message: `${driverName} is not registered on node ${name}, where pod ${consumer.pod.id} mounts secrets`,
      evidence: [
        csiNode === undefined
          ? node.at(['metadata', 'name'], 'no CSI driver is registered here')
          : csiNode.at(['metadata', 'name'], 'its drivers do not include this one'),
        consumer.at('this pod mounts secrets here'),
        ...evidence,
      ],
      effect: `New pods on the node wait in ContainerCreating: driver name ${driverName} not found in the list of registered CSI drivers.`,
      ...help,
    })
  },
})
