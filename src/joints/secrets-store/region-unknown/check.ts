import { defineCheck } from '#joints/define.ts'
import { workloadKinds } from '#joints/workloads.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { classOf, isAws, regionLabel } from '../classes.ts'
import { providersIn } from '../installed.ts'
import { mountsOf } from '../mounts.ts'
import { settled } from '../settled.ts'

export default defineCheck({
  id: 'secrets-store/region-unknown',
  title: 'A SecretProviderClass names no region, and the node of its pods has no region label',
  severity: 'high',
  since: '0.1.0',
  subject: 'workload',
  reads: [...workloadKinds, 'k8s/Node', 'k8s/SecretProviderClass'],
  sources: [
    'https://github.com/aws/secrets-store-csi-driver-provider-aws/blob/main/server/server.go',
    'https://docs.aws.amazon.com/secretsmanager/latest/userguide/ascp-examples.html',
  ],

  test({ subject: workload, world }) {
    return settled(
      mountsOf(world, workload),
      mount => {
        const found = classOf(world, mount)
        if (found === undefined || !isAws(found)) return skip('its class is not there, or of another provider')
        const named = mount.attributes['region'] ?? found.body.spec?.parameters?.['region'] ?? ''
        if (named !== '' && found.body.spec?.parameters?.['region'] === named)
          return pass(found.at(['spec', 'parameters', 'region'], 'the class names its region'))
        if (named !== '') return pass(workload.resource.at([...mount.path, 'volumeAttributes', 'region'], 'the volume names the region'))
        for (const { variable, daemonSet } of providersIn(world, workload.cluster)) {
          const set = variable('AWS_REGION')
          if (set !== undefined) return pass(daemonSet.at(set.path, 'the provider is told the region'))
        }
        const nodes = workload.pods().flatMap(pod => {
          const name = pod.body.spec?.nodeName
          const node = name === undefined ? undefined : world.find('k8s/Node', name, pod.scope)
          return node === undefined ? [] : [{ pod, node }]
        })
        const without = nodes.find(({ node }) => (node.body.metadata.labels?.[regionLabel] ?? '') === '')
        const [first] = nodes
        if (first === undefined) return skip('no pod of it is on a node yet')
        if (without === undefined) return pass(first.node.at(['metadata', 'labels', regionLabel], 'the node tells the region'))
        const { node, pod } = without
        return fail({
          message: `SecretProviderClass ${found.body.metadata.name} names no region, and node ${node.body.metadata.name} of pod ${pod.id} has no label ${regionLabel}`,
          evidence: [
            found.at(['spec', 'parameters'], 'it names no region'),
            node.at(['metadata', 'name'], `no label ${regionLabel}`),
            pod.at(['spec', 'nodeName'], 'the pod is on this node'),
          ],
          effect: 'The pods wait in ContainerCreating: failed to retrieve region from node. error Region not found.',
          help: 'Name the region in parameters.region of the class; it also spares the provider two questions to the API server for each mount.',
        })
      },
      'no volume of it is mounted by the Secrets Store CSI driver',
    )
  },
})
