import { defineCheck } from '#joints/define.ts'
import { podShape, workloadKinds } from '#joints/workloads.ts'
import type { Reader } from '#model/world.ts'
import type { Workload } from '#joints/workloads.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { unsupportedNode, unsupportedShape, type Unsupported } from '../../pod-identity/compute.ts'
import { mountEvidence, mountsOf } from '../mounts.ts'

const names = { fargate: 'Fargate', windows: 'Windows' } as const
const why = {
  fargate:
    'Fargate runs no DaemonSet, so neither the driver nor the provider is there: the pods are refused with Pod not supported on Fargate.',
  windows: 'The AWS provider is built for Linux alone, so the pods wait in ContainerCreating: provider not found.',
} as const

export default defineCheck({
  id: 'secrets-store/compute-unsupported',
  title: 'Pods that mount secrets are for Fargate or Windows, where the AWS provider cannot run',
  severity: 'high',
  since: '0.1.0',
  subject: 'workload',
  reads: [...workloadKinds, 'k8s/Node'],
  sources: [
    'https://docs.aws.amazon.com/secretsmanager/latest/userguide/integrate_eks.html',
    'https://github.com/aws/secrets-store-csi-driver-provider-aws/issues/34',
  ],

  test({ subject: workload, world }) {
    const [mount] = mountsOf(world, workload)
    if (mount === undefined) return skip('no volume of it is mounted by the Secrets Store CSI driver')
    const unsupported = unsupportedIn(world, workload)
    if (unsupported === undefined) return pass(mountEvidence(mount, 'its pods are for Linux on EC2'))
    const { compute, at } = unsupported
    return fail({
      message: `${workload.name} mounts secrets, and its pods are for ${names[compute]}`,
      evidence: [at, mountEvidence(mount, 'this volume needs the driver and the provider on the node')],
      effect: why[compute],
      help: 'Run the pods on EC2 nodes with Linux, or read the secret with an AWS SDK or the External Secrets Operator.',
    })
  },
})

function unsupportedIn(world: Reader<'k8s/Node' | 'k8s/Pod'>, workload: Workload): Unsupported | undefined {
  const shapes = [workload.template, ...workload.pods().map(podShape)]
  for (const shape of shapes) {
    const found = unsupportedShape(shape)
    if (found !== undefined) return found
  }
  for (const pod of workload.seenPods) {
    const found = unsupportedNode(world, pod)
    if (found !== undefined) return found
  }
  return undefined
}
