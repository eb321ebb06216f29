import { Unread } from '#base/errors.ts'
import { defineCheck } from '#joints/define.ts'
import { policyEngineKinds, vpcCniSettings } from '#joints/policy-engine.ts'
import { vpcCniOf, type VpcCni } from '#joints/vpc-cni.ts'
import { containsCidr, parseCidr } from '#network/addresses.ts'
import type { ReferenceRule } from '#network/aws/security-group-rules.ts'
import { fail, pass, skip, type Verdict } from '#model/verdict.ts'
import { clusterOf } from '../branch-interface.ts'
import { modeVariable, settingAt, settingVariable } from '../enforcing-mode.ts'
import { peerPath, readRules } from '../group-rules.ts'
import { clusterVpc } from '../pod-interfaces.ts'
import { namingAt, namingsOf, type Group, type Naming } from '../pod-groups.ts'
import { blocksOfVpc, type VpcBlock } from '../vpc-blocks.ts'

const exclude = 'AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS'

export default defineCheck({
  id: 'security-groups-for-pods/group-reference-lost-to-snat',
  title: 'A rule of another VPC refers to a group of pods whose packets arrive with the address of their node',
  severity: 'high',
  since: '0.1.0',
  subject: 'aws/ec2/SecurityGroup',
  reads: ['k8s/SecurityGroupPolicy', 'aws/ec2/Vpc', ...policyEngineKinds],
  sources: [
    'https://github.com/aws/amazon-vpc-cni-k8s#pod_security_group_enforcing_mode-v1110',
    'https://github.com/aws/amazon-vpc-cni-k8s#aws_vpc_k8s_cni_exclude_snat_cidrs-v160',
    'https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-security-groups.html',
  ],

  test({ subject: group, world }) {
    const references = readRules(group).ingress.references.filter(({ isStale }) => !isStale)
    const found = references.flatMap(rule =>
      namingsOf(world, rule.groupId)
        .slice(0, 1)
        .map(naming => ({ rule, naming })),
    )
    const [first] = found
    if (first === undefined) return skip('no rule of it lets in a group of pods')
    const cluster = clusterOf(first.naming.policy.scope)
    if (group.body.VpcId === clusterVpc(world, cluster).vpc) return skip('it is in the VPC of the pods, where nothing is translated')
    const settings = vpcCniSettings(world, cluster)
    if ('unread' in settings) throw new Unread(settings.unread)
    const { securityGroupMode, externalSnat, excludeSnatCidrs } = settings.value
    const cni = vpcCniOf(world, cluster)
    if (cni === undefined) return skip('the cluster does not run the VPC CNI')
    const snat = cni.variable('AWS_VPC_K8S_CNI_EXTERNALSNAT')
    if (securityGroupMode === 'strict')
      return pass(settingAt(cni, cni.variable(modeVariable), 'in strict mode the node translates nothing of these pods'))
    if (externalSnat) return pass(settingAt(cni, snat, 'the node translates nothing'))
    const excluded = excludeSnatCidrs.flatMap(text => parseCidr(text) ?? [])
    const blocks = blocksOfVpc(world, group)
    const translated = blocks.filter(({ block }) => !excluded.some(each => containsCidr(each, block)))
    const setting = cni.variable(exclude)
    if (translated.length === 0)
      return pass(settingAt(cni, setting, 'the node does not translate what goes to the blocks of the other VPC'))
    return failing(group, first, cni, excludeSnatCidrs, translated)
  },
})

interface Met {
  readonly rule: ReferenceRule
  readonly naming: Naming
}

function failing(group: Group, first: Met, cni: VpcCni, excludeSnatCidrs: readonly string[], translated: readonly VpcBlock[]): Verdict {
  const setting = cni.variable(exclude)
  const value = [...excludeSnatCidrs, ...translated.map(({ text }) => text)].join(',')
  const change = settingVariable(
    cni,
    'containers',
    exclude,
    value,
    'aws-node is restarted on every node. Pods then arrive there with addresses of their own: the routes back, and rules for addresses of nodes, must fit.',
  )
  return fail({
    message: `security group ${group.body.GroupName ?? group.body.GroupId} of ${group.body.VpcId ?? 'another VPC'} lets in ${first.rule.groupId} of pods, and packets of these pods arrive there with the address and groups of their node`,
    evidence: [
      group.at(peerPath(group, first.rule), 'nobody carries this group with an address that arrives here'),
      settingAt(
        cni,
        setting,
        setting.path === undefined
          ? `${exclude} is not set, so everything outside the VPC is translated`
          : 'the blocks of the other VPC are not among these',
      ),
      namingAt(first.naming, 'pods have the group by this policy'),
      ...translated.slice(0, 2).map(({ at }) => at),
    ],
    effect:
      'In standard mode what leaves the VPC leaves by the primary interface of the node, translated to its address. A rule that refers to the group of the pods matches none of it, so their connections time out.',
    ...(change === undefined
      ? { help: `Set ${exclude} of aws-node to the blocks of the other VPC.` }
      : {
          fix: {
            title: `translate nothing that goes to ${translated.map(({ text }) => text).join(', ')}`,
            safe: false,
            changes: [change],
          },
        }),
  })
}
