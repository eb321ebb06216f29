import { defineCheck } from '#joints/define.ts'
import type { CidrRule } from '#network/aws/security-group-rules.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { peerPath, portsOfRule, readRules, removingRules, trafficOfRule } from '../group-rules.ts'
import { namingAt, namingsOf, type Group } from '../pod-groups.ts'

export default defineCheck({
  id: 'security-groups-for-pods/group-open-to-world',
  title: 'A security group of pods lets in everybody',
  severity: 'high',
  // What is for browsers is often meant.
  severities: ['medium'],
  since: '0.1.0',
  subject: 'aws/ec2/SecurityGroup',
  reads: ['k8s/SecurityGroupPolicy'],
  sources: [
    'https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html',
    'https://docs.aws.amazon.com/eks/latest/best-practices/sgpp.html',
  ],

  test({ subject: group, world }) {
    const named = namingsOf(world, group.body.GroupId)
    const [naming] = named
    if (naming === undefined) return skip('no SecurityGroupPolicy names the group')
    const rules = readRules(group).ingress.cidrs
    const open = rules.filter(({ cidr }) => cidr.prefix === 0)
    const [first] = open
    if (first === undefined)
      return pass(group.at(['GroupId'], 'no rule of it is for every address'), namingAt(naming, 'pods have it by this policy'))
    const twin = twinClosed(open, rules)
    const what = [...new Set(open.map(rule => trafficOfRule(group, rule)))].join(', ')
    return fail({
      message: `security group ${group.body.GroupId} of pods lets ${what} in from ${[...new Set(open.map(({ cidr }) => (cidr.family === 4 ? '0.0.0.0/0' : '::/0')))].join(' and ')}${twin}`,
      evidence: [
        group.at(peerPath(group, first), 'this is every address'),
        ...open.slice(1, 3).map(rule => group.at(peerPath(group, rule), 'and this')),
        namingAt(naming, 'pods have the group by this policy'),
      ],
      effect:
        'Whatever has a route to the pods connects to them: everything in the VPC, its peers, what is behind a VPN or a transit gateway, and over IPv6 the internet where a route to it exists. That pods have groups of their own then keeps nobody out.',
      ...(open.every(rule => isForBrowsers(group, rule)) ? { severity: 'medium' as const } : {}),
      fix: {
        title: `let nobody in by ${open.length === 1 ? 'this rule' : 'these rules'}`,
        safe: false,
        changes: removingRules(
          group,
          open,
          'ingress',
          'Whoever connects by it and has no rule of its own is closed out: let those in first, by a rule that refers to their group.',
        ),
      },
    })
  },
})

/** Somebody narrowed the IPv4 rule and left the one for IPv6. */
function twinClosed(open: readonly CidrRule[], rules: readonly CidrRule[]): string {
  const isSix = open.every(({ cidr }) => cidr.family === 6)
  return isSix && rules.some(({ cidr }) => cidr.family === 4) ? ', while over IPv4 it is narrower' : ''
}

function isForBrowsers(group: Group, rule: CidrRule): boolean {
  const ports = portsOfRule(group, rule)
  return ports !== undefined && ports.from === ports.to && (ports.from === 80 || ports.from === 443)
}
