import { defineCheck } from '#joints/define.ts'
import { networkInputKinds } from '#joints/network-input.ts'
import { dnsVerdict } from '../dns-verdict.ts'

export default defineCheck({
  id: 'security-groups-for-pods/dns-egress-denied',
  title: 'The security groups of pods let no DNS out to where CoreDNS is',
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
      end: 'source',
      message: (name, protocols, groups) => `${groups} of ${name} lets no DNS (${protocols} port 53) out to CoreDNS`,
      help: 'Let UDP and TCP port 53 out to the security group that the pods of CoreDNS really have: that of the nodes, or the one that a SecurityGroupPolicy gives them.',
    })
  },
})
