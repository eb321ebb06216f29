import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { driverOf } from '../drivers.ts'
import { clusterOf } from '../home.ts'

export default defineCheck({
  id: 'ebs-encryption/node-attachments-full',
  title: 'A node has as many EBS volumes as it can take',
  severity: 'low',
  since: '0.1.0',
  subject: 'k8s/CSINode',
  reads: ['k8s/VolumeAttachment'],
  sources: [
    'https://github.com/kubernetes-sigs/aws-ebs-csi-driver/blob/master/docs/faq.md',
    'https://docs.aws.amazon.com/ebs/latest/userguide/volume_limits.html',
  ],

  test({ subject: node, world }) {
    const drivers = node.body.spec.drivers ?? []
    const index = drivers.findIndex(({ name }) => driverOf(name) !== undefined)
    const driver = drivers[index]
    const count = driver?.allocatable?.count
    if (driver === undefined || count === undefined) return skip('the driver is not on the node, or tells no limit')
    const attached = world
      .where('k8s/VolumeAttachment', 'node', node.body.metadata.name, { cluster: clusterOf(node) })
      .filter(({ body }) => body.spec.attacher === driver.name)
    const limit = node.at(['spec', 'drivers', index, 'allocatable', 'count'], 'the driver counts so many places')
    if (attached.length < count) return pass(limit, ...attached.map(each => each.at(['spec', 'nodeName'], 'this takes one')))
    const [first] = attached
    return fail({
      message: `node ${node.id} has ${attached.length} EBS volumes and takes ${count}`,
      evidence: [limit, ...(first === undefined ? [] : [first.at(['spec', 'nodeName'], 'one of those that are attached')])],
      effect: 'Pods with further volumes go to other nodes, or stay Pending: node(s) exceed max volume count.',
      help: 'Add nodes, or instance types with more places; on many types network interfaces take places too.',
    })
  },
})
