import { instanceOf, nodeInstanceKinds } from '#joints/node-instance.ts'
import { defineCheck } from '#joints/define.ts'
import { setting, targetOf } from '#model/change.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { ipv6OpeningOf, nodeAnsweringOverIpv6, version6 } from '../ipv6-openings.ts'

export default defineCheck({
  id: 'node-credentials/imds-ipv6-open',
  title: 'A network policy closes the metadata service over IPv4 and leaves it open over IPv6',
  severity: 'medium',
  since: '0.1.0',
  subject: 'k8s/NetworkPolicy',
  reads: nodeInstanceKinds,
  sources: [
    'https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html',
    'https://docs.aws.amazon.com/eks/latest/best-practices/identity-and-access-management.html',
  ],

  test({ subject: policy, world }) {
    const found = ipv6OpeningOf(policy)
    if (found === undefined) return skip('the policy does not close the metadata service over IPv4')
    const meant = policy.at(found.meant, 'this closes the service over IPv4', 'key')
    if (found.open === undefined) return pass(meant)
    const cluster = 'cluster' in policy.scope ? policy.scope.cluster : ''
    const node = nodeAnsweringOverIpv6(world, cluster)
    if (node === undefined) {
      for (const each of world.list('k8s/Node', policy.scope)) instanceOf(world, each)
      return pass(meant, policy.at([...found.open.path, 'cidr'], 'no node answers pods over IPv6'))
    }
    const { path, except } = found.open
    return fail({
      message: `networkpolicy ${policy.id} keeps pods from the metadata service over IPv4 and lets them through to ${version6}`,
      evidence: [
        policy.at([...path, 'cidr'], `this has ${version6} in it`),
        meant,
        node.at(['MetadataOptions', 'HttpProtocolIpv6'], 'nodes answer there'),
      ],
      effect: 'Pods that the policy selects get the credentials of the node by asking the other address.',
      fix: {
        title: `keep pods from ${version6} too`,
        safe: false,
        changes: [
          {
            target: targetOf(policy),
            edit: setting(policy, [...path, 'except'], [...except, `${version6}/128`]),
            permissions: ['patch networkpolicies'],
            risk: 'Pods that use the role of the node over IPv6 lose it.',
          },
        ],
      },
    })
  },
})
