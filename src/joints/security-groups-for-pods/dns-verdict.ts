import { assertKnown, distinctPlaces, fixFor, layerEvidence, unknownPath } from '#joints/denied-layers.ts'
import { dnsPathOf, layersOf, type DnsAnswer, type DnsPath } from '#joints/dns-path.ts'
import type { ReachReader } from '#joints/network.ts'
import type { Workload } from '#joints/workloads.ts'
import type { LayerAnswer } from '#network/question.ts'
import type { Evidence } from '#model/resource.ts'
import { fail, pass, skip, type Verdict } from '#model/verdict.ts'
import { selectedBy, type Policy } from './workload-groups.ts'

interface Telling {
  readonly end: LayerAnswer['end']
  message(workload: string, protocols: string, groups: string): string
  readonly help: string
}

/**
 * What the groups at one end make of questions to the DNS of the cluster. Of a question that only TCP loses, long answers alone are lost.
 * @throws Unread when the groups there, or what decides which of them filter, were not read
 */
export function dnsVerdict(world: ReachReader, workload: Workload, telling: Telling): Verdict {
  const selected = selectedBy(world, workload)
  if (selected === undefined) return skip('no policy selects the workload')
  const path = dnsPathOf(world, workload)
  if ('why' in path) return skip(path.why)
  const denied = path.answers.filter(each => own(each, telling).some(({ verdict }) => verdict === 'deny'))
  if (denied.length === 0) {
    const layers = path.answers.flatMap(each => own(each, telling))
    assertKnown(layers)
    // A path without such a layer proves nothing of rules: it ended at something else, or nothing filters there.
    const bare = path.answers.find(each => own(each, telling).length === 0)
    if (bare?.answer.verdict === 'unknown') throw unknownPath(bare.answer)
    if (bare !== undefined) return skip('no security group filters there')
    return pass(...distinctPlaces(layers.flatMap(layer => layerEvidence(path.view, layer))).slice(0, 3), serviceEvidence(path))
  }
  return failing(path, workload, selected.policies[0], denied, telling)
}

const own = ({ answer }: DnsAnswer, { end }: Telling): readonly LayerAnswer[] =>
  layersOf(answer).filter(layer => layer.layer === 'securityGroup' && layer.end === end)

function failing(path: DnsPath, workload: Workload, policy: Policy, denied: readonly DnsAnswer[], telling: Telling): Verdict {
  const protocols = [...new Set(denied.map(({ question }) => question.protocol))]
  const layers = denied.flatMap(each => own(each, telling)).filter(({ verdict }) => verdict === 'deny')
  const way = telling.end === 'source' ? 'out to CoreDNS' : `in from ${workload.name}`
  const label = `no rule of it lets ${protocols.join(' or ')} port 53 ${way}`
  const places = distinctPlaces(layers.flatMap(layer => layerEvidence(path.view, layer, label)))
  const groups = [...new Set(layers.flatMap(({ asked = [] }) => asked.map(({ id }) => id.slice(id.lastIndexOf('/') + 1))))]
  const [first = serviceEvidence(path), ...rest] = places
  const fix = fixFor(
    path.view,
    denied.map(({ question }) => question),
  )
  const isTcpAlone = !protocols.includes('UDP')
  return fail({
    message: telling.message(workload.name, protocols.join(' and '), groups.join(', ')),
    evidence: [
      first,
      ...rest.slice(0, 2),
      workload.resource.at(['metadata', 'name'], 'its pods ask kube-dns for every name'),
      policy.at(['metadata', 'name'], 'this policy gives them groups of their own'),
    ],
    effect: isTcpAlone
      ? 'Answers that do not fit into one datagram are asked for again over TCP and never come, so some names are not resolved.'
      : 'The pods resolve no name, of the cluster or of AWS, so nearly everything that they do times out.',
    ...(isTcpAlone ? { severity: 'medium' as const } : {}),
    ...(fix === undefined ? { help: telling.help } : { fix }),
  })
}

const serviceEvidence = ({ service }: DnsPath): Evidence => service.at(['metadata', 'name'], 'the DNS of the cluster')
