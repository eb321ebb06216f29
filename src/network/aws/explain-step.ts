import { protocolNumber, trafficKey } from './traffic.ts'
import type { LayerAnswer, Protocol, RuleReference } from '../question.ts'
import { decidingEntry, returnKeys } from './network-acl.ts'
import type { End } from './end.ts'
import type { Step } from './path.ts'
import { rowOfStep } from './read-way.ts'
import { verdictCodes } from './rows.ts'
import type { AwsWorld } from './aws-world.ts'

/** `tcp/8080`, `icmp`, `protocol 50`. */
export function trafficText(protocol: Protocol, port: number | undefined): string {
  const name = /^\d/.test(protocol) ? `protocol ${protocol}` : protocol.toLowerCase()
  return port === undefined ? name : `${name}/${port}`
}

/** What one step says of one kind of traffic, with its rules. */
export function explainStep(aws: AwsWorld, step: Step, protocol: Protocol, port: number | undefined): LayerAnswer {
  const key = trafficKey(protocol, port)
  const verdict = verdictCodes[aws.rows.code(rowOfStep(aws, step), key)]
  switch (step.by) {
    case 'groups':
      return explainGroups(aws, step, verdict, trafficText(protocol, port), key)
    case 'acl':
      return explainAcl(aws, step, verdict, trafficText(protocol, port), key)
    case 'way': {
      const isPassed = step.isOfTcp === true && protocolNumber(protocol) !== 6
      return {
        layer: step.layer,
        end: step.at,
        verdict,
        by: step.rules ?? [],
        ...(step.asked === undefined ? {} : { asked: step.asked }),
        reason: isPassed ? 'only TCP is concerned' : step.reason,
        ...(step.fact === undefined ? {} : { fact: step.fact }),
      }
    }
  }
}

type Explained<By extends Step['by']> = (
  aws: AwsWorld,
  step: Extract<Step, { by: By }>,
  verdict: LayerAnswer['verdict'],
  traffic: string,
  key: number,
) => LayerAnswer

/** Where a pod that does not run yet has its groups from, when it has none of its own. */
const plannedNote = ({ holder, set, isBranch, isFargate }: End): string =>
  holder === 'planned' && set !== undefined && !isBranch && !isFargate ? ' (it does not run yet: the groups of the nodes)' : ''

const explainGroups: Explained<'groups'> = (aws, { at, of, peer, peerName, note }, verdict, traffic, key) => {
  const suffix = note === undefined ? plannedNote(of) : `, ${note}`
  const common = { layer: 'securityGroup', end: at, verdict } as const
  if (of.set === undefined) {
    const reason = of.doubt?.reason ?? 'the security groups of the interface were not read'
    return { ...common, by: [], reason: `${reason}${suffix}`, ...(of.doubt?.fact === undefined ? {} : { fact: of.doubt.fact }) }
  }
  const decision = aws.groups.decide(of.set, at === 'source' ? 'egress' : 'ingress', peer, key)
  const asked = of.set.groups.flatMap(id => aws.groups.group(id)?.at([]) ?? [])
  const names = of.set.groups.join(', ')
  const other = peer.set === undefined || peer.set.groups.length === 0 ? peerName : `${peer.set.groups.join(', ')} (${peerName})`
  const way = at === 'source' ? 'to' : 'from'
  if (verdict === 'allow') {
    const by = decision.matching.map(({ group, rule }) => group.at(rule.path))
    const groups = [...new Set(decision.matching.map(({ group }) => group.id))].join(', ') || names
    return { ...common, by, asked, reason: `${groups} allows ${traffic} ${way} ${other}${suffix}` }
  }
  if (verdict === 'deny') return { ...common, by: [], asked, reason: `no rule of ${names} allows ${traffic} ${way} ${other}${suffix}` }
  const doubt = decision.doubts[0]
  const reason = doubt?.reason ?? 'the address or the groups of the other end are not known'
  return { ...common, by: [], asked, reason: `${reason}${suffix}`, ...(doubt?.fact === undefined ? {} : { fact: doubt.fact }) }
}

const explainAcl: Explained<'acl'> = (aws, { at, acl, subnetId, direction, remote, isReturn }, verdict, traffic, key) => {
  const common = { layer: 'nacl', end: at, verdict } as const
  const name = acl?.id ?? `the network ACL of ${subnetId ?? 'a subnet that is not known'}`
  if (acl === undefined) {
    const { missing } = aws.input.networkAcls
    return { ...common, by: [], reason: `${name} was not read`, ...(missing === undefined ? {} : { fact: missing }) }
  }
  const asked = [acl.at()]
  if (acl.isVague) return { ...common, by: [], asked, reason: `an entry of ${name} cannot be read` }
  const what = isReturn ? `what answers ${traffic}` : traffic
  const side = direction === 'ingress' ? 'in' : 'out'
  const by = aclEntries(aws, acl, direction, remote.addresses, isReturn ? returnKeys(key) : [key], verdict, acl.at)
  if (verdict === 'allow') return { ...common, by, asked, reason: `${name} lets ${what} ${side}` }
  if (verdict === 'deny') return { ...common, by, asked, reason: `${name} does not let ${what} ${side}` }
  return {
    ...common,
    by,
    asked,
    reason: isReturn
      ? `${name} lets ${what} ${side} at some ports of 1024 to 65535 only: it depends on the port that the client happens to have`
      : `${name} treats the addresses that the other end may get differently`,
  }
}

function aclEntries(
  aws: AwsWorld,
  acl: Parameters<typeof decidingEntry>[0],
  direction: 'ingress' | 'egress',
  addresses: readonly number[],
  keys: readonly number[],
  verdict: LayerAnswer['verdict'],
  at: (index: number) => RuleReference,
): RuleReference[] {
  const entries = addresses.flatMap(of => keys.flatMap(key => decidingEntry(acl, direction, aws.classes.first(of), key) ?? []))
  const deciding = entries.filter(({ action }) => verdict === 'unknown' || action === verdict)
  return [...new Set(deciding.map(({ index }) => index))].map(at)
}
