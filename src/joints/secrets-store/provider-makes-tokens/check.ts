import { does } from '#joints/component-versions/define.ts'
import { awsProvider } from '#joints/component-versions/secrets-store.ts'
import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { seenProviders, versionedText, versionOf } from '../installed.ts'

export default defineCheck({
  id: 'secrets-store/provider-makes-tokens',
  title: 'This version of the AWS provider may make tokens of every service account',
  severity: 'medium',
  since: '0.1.0',
  subject: 'k8s/DaemonSet',
  reads: [],
  sources: [
    'https://github.com/aws/secrets-store-csi-driver-provider-aws/pull/561',
    'https://kubernetes.io/docs/concepts/security/rbac-good-practices/#token-request',
  ],

  test({ subject: daemonSet, world }) {
    const provider = seenProviders(world).find(each => each.daemonSet === daemonSet)
    if (provider === undefined) return skip('it is not the AWS provider')
    if (!does(awsProvider, versionOf(provider), 'makes-tokens-itself'))
      return pass(provider.image('this version is given the tokens of its pods alone'))
    return fail({
      message: `provider ${daemonSet.id}${versionedText(provider)} runs on every node, and may make tokens of every service account`,
      evidence: [provider.image('before 3.0.0 the provider makes tokens itself')],
      effect: 'Whoever takes over one node becomes any service account of the cluster, and in AWS any role that one of them has.',
      help: 'Upgrade the provider to 3.0.0 or later, which is given the tokens of the pods that it mounts for; the CSIDriver must request them first.',
    })
  },
})
