import { defineCheck } from '#joints/define.ts'
import { readinessOf } from '#joints/pod-readiness.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { providersIn } from '../installed.ts'
import { awsConsumerOn, hasOnlyJoined, podOf, whyNotOn } from '../node-coverage.ts'

export default defineCheck({
  id: 'secrets-store/provider-absent-on-node',
  title: 'A node runs pods that mount secrets of AWS, and has no ready AWS provider',
  severity: 'high',
  since: '0.1.0',
  subject: 'k8s/Node',
  reads: ['k8s/DaemonSet', 'k8s/Pod', 'k8s/SecretProviderClass'],
  sources: [
    'https://github.com/aws/secrets-store-csi-driver-provider-aws/blob/main/charts/secrets-store-csi-driver-provider-aws/values.yaml',
    'https://github.com/kubernetes-sigs/secrets-store-csi-driver/issues/953',
  ],

  test({ subject: node, world }) {
    const consumer = awsConsumerOn(world, node)
    if (consumer === undefined) return skip('no pod on the node mounts secrets of AWS')
    const providers = providersIn(world, consumer.cluster)
    if (providers.length === 0) return skip('the cluster has no AWS provider: secrets-store/provider-missing says so')
    const pod = podOf(world, node, providers)
    if (pod !== undefined && readinessOf(pod).isReady)
      return pass(pod.at(['metadata', 'name'], 'the provider on the node is ready'), consumer.at('mounts secrets here'))
    const { name } = node.body.metadata
    if (pod === undefined && hasOnlyJoined(world, node))
      return skip('the node has only just joined: its DaemonSets start in its first minutes')
    const { evidence, help } = whyNotOn(providers, node, 'provider')
    return fail({
      message: `node ${name} has no ${pod === undefined ? '' : 'ready '}AWS provider, and pod ${consumer.pod.id} on it mounts secrets of AWS`,
      evidence:
        pod === undefined
          ? [
              evidence[0] ?? node.at(['metadata', 'name'], 'no pod of the provider runs here'),
              consumer.at('this pod mounts secrets here'),
              ...evidence.slice(1),
            ]
          : [pod.at(readinessOf(pod).path, 'the provider on this node is not ready'), consumer.at('this pod mounts secrets here')],
      effect: 'New pods on the node wait in ContainerCreating: error connecting to provider "aws": provider not found: provider "aws".',
      ...(pod === undefined ? help : { help: `Look at kubectl describe of pod ${pod.id}, and at its log.` }),
    })
  },
})
