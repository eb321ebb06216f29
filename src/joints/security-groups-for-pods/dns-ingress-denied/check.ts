import { defineCheck } from '#joints/define.ts'
import { networkInputKinds } from '#joints/network-input.ts'
import { dnsVerdict } from '../dns-verdict.ts'

export default defineCheck({
  id: 'security-groups-for-pods/dns-ingress-denied',
  title: 'The security groups in front of CoreDNS do not let the DNS of pods with groups of their own in',
  severity: 'critical',
  // Long answers alone are lost when UDP passes.
  severities: ['medium'],
  since: '0.1.0',
  subject: 'workload',
  reads: networkInputKinds,
  sources: [
    'https://docs.aws.amazon.com/eks/latest/userguide/security-groups-for-pods.html',
    'https://docs.aws.amazon.com/eks/latest/userguide/sec-group-reqs.html',
  ],

  test({ subject: workload, world }) {
    return dnsVerdict(world, workload, {
      end: 'destination',
      message: (name, protocols, groups) => `${groups} in front of CoreDNS does not let DNS (${protocols} port 53) in from ${name}`,
      help: 'Let UDP and TCP port 53 into the security group that the pods of CoreDNS really have, from the groups of the pods that ask.',
    })
  },
})
