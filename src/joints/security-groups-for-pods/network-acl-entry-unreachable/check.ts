import { Unread } from '#base/errors.ts'
import { defineCheck } from '#joints/define.ts'
import { removing, targetOf } from '#model/change.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { nodeInterfaceKinds, subnetOfNodes } from '../node-interfaces.ts'
import { entryText, unreachableEntries } from '../unreachable-entries.ts'

export default defineCheck({
  id: 'security-groups-for-pods/network-acl-entry-unreachable',
  title: 'An entry of the network ACL of the nodes never decides, since an earlier one does',
  severity: 'low',
  // Somebody meant to deny what passes.
  severities: ['medium'],
  since: '0.1.0',
  subject: 'aws/ec2/NetworkAcl',
  reads: nodeInterfaceKinds,
  sources: [
    'https://docs.aws.amazon.com/vpc/latest/userguide/nacl-rules.html',
    'https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_NetworkAclEntry.html',
  ],

  test({ subject: acl, world }) {
    const subnets = (acl.body.Associations ?? []).flatMap(({ SubnetId }) => SubnetId ?? [])
    if (subnets.length === 0) return skip('it is the ACL of no subnet')
    const user = subnetOfNodes(world, acl, subnets)
    if (user === undefined) return skip('no interface of a node stands in its subnets')
    if (acl.body.Entries === undefined)
      throw new Unread({
        kind: acl.kind,
        id: acl.id,
        reason: 'the ACL was read without its entries',
        settle: { by: 'iam', action: 'ec2:DescribeNetworkAcls' },
      })
    const found = unreachableEntries(acl.body)
    const first = found.find(({ isContradicted, action }) => isContradicted && action === 'deny') ?? found[0]
    if (first === undefined) return pass(acl.at(['NetworkAclId'], 'each of its entries decides about something'), user)
    const others = found.filter(each => each !== first)
    const numberAt = (index: number, label: string) => acl.at(['Entries', index, 'RuleNumber'], label)
    const isOpen = first.isContradicted && first.action === 'deny'
    const isSame = found.every(({ isContradicted }) => !isContradicted)
    return fail({
      message: `entry ${entryText(acl.body, first.index)} of network ACL ${acl.body.NetworkAclId} is never reached: ${entryText(acl.body, first.by[0])} comes first${others.length === 0 ? '' : ` (and ${others.length} more like it)`}`,
      evidence: [
        numberAt(first.index, `this would ${first.action}`),
        ...first.by
          .slice(0, 2)
          .map(index => numberAt(index, `what it matches is decided here: ${acl.body.Entries?.[index]?.RuleAction ?? ''}`)),
        ...others.slice(0, 2).map(({ index }) => numberAt(index, 'nor is this reached')),
        user,
      ],
      effect: isOpen
        ? 'The entry denies nothing: what it was written to keep out passes by the entry with the lower number.'
        : 'Entries are asked by their number and the first that matches decides, so this one changes nothing, whatever it says.',
      ...(isOpen ? { severity: 'medium' as const } : {}),
      ...(isSame
        ? {
            fix: {
              title: found.length === 1 ? 'take the entry away' : 'take the entries away',
              safe: true,
              changes: found
                .map(({ index }) => index)
                .sort((a, b) => b - a)
                .map(index => ({
                  target: targetOf(acl),
                  edit: removing(acl, ['Entries', index]),
                  permissions: ['ec2:DeleteNetworkAclEntry'],
                  risk: 'The ACL lets through what it did before.',
                })),
            },
          }
        : {
            help: `Give entry ${acl.body.Entries[first.index]?.RuleNumber ?? ''} a number below ${acl.body.Entries[first.by[0]]?.RuleNumber ?? ''} if it was meant, or take it away.`,
          }),
    })
  },
})
