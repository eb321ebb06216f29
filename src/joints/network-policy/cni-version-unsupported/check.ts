import { defineCheck } from '#joints/define.ts'
import { vpcCniKinds } from '#joints/vpc-cni.ts'
import { versionVerdict } from '../cni-version.ts'

export default defineCheck({
  id: 'network-policy/cni-version-unsupported',
  title: 'The version of the VPC CNI cannot enforce network policies',
  severity: 'critical',
  since: '0.1.0',
  subject: 'k8s/DaemonSet',
  reads: vpcCniKinds,
  sources: [
    'https://docs.aws.amazon.com/eks/latest/userguide/cni-network-policy.html',
    'https://github.com/aws/amazon-vpc-cni-k8s/releases/tag/v1.14.0',
  ],

  test({ subject, world }) {
    return versionVerdict(world, subject)
  },
})
