import { defineCheck } from '#joints/define.ts'
import { workloadKinds } from '#joints/workloads.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { classOf, isAws } from '../classes.ts'
import { providersIn } from '../installed.ts'
import { mountEvidence, mountsOf } from '../mounts.ts'
import { settled } from '../settled.ts'

export default defineCheck({
  id: 'secrets-store/provider-missing',
  title: 'Pods mount secrets of AWS, and the cluster has no AWS provider of the Secrets Store CSI driver',
  severity: 'critical',
  since: '0.1.0',
  subject: 'workload',
  reads: [...workloadKinds, 'k8s/SecretProviderClass'],
  sources: [
    'https://github.com/aws/secrets-store-csi-driver-provider-aws#installing-the-aws-provider-and-config-provider',
    'https://secrets-store-csi-driver.sigs.k8s.io/providers',
  ],

  test({ subject: workload, world }) {
    return settled(
      mountsOf(world, workload),
      mount => {
        const secretProviderClass = classOf(world, mount)
        if (secretProviderClass === undefined || !isAws(secretProviderClass)) return skip('its class is not there, or of another provider')
        const [provider] = providersIn(world, workload.cluster)
        const asks = secretProviderClass.at(['spec', 'provider'], 'the class asks for the AWS provider')
        if (provider !== undefined) return pass(provider.image('the AWS provider'), asks)
        return fail({
          message: `${workload.name} mounts SecretProviderClass ${secretProviderClass.body.metadata.name} of AWS, and cluster ${workload.cluster} has no AWS provider`,
          evidence: [asks, mountEvidence(mount, 'this volume mounts it')],
          effect:
            'Every pod that mounts secrets of AWS waits in ContainerCreating: error connecting to provider "aws": provider not found: provider "aws".',
          help: 'Install the EKS add-on aws-secrets-store-csi-driver-provider, or the Helm chart secrets-store-csi-driver-provider-aws.',
        })
      },
      'no volume of it is mounted by the Secrets Store CSI driver',
    )
  },
})
