import { defineCheck } from '#joints/define.ts'
import { assertKnown, distinctPlaces, fixFor, layerEvidence, unknownPath } from '#joints/denied-layers.ts'
import { dnsPathOf, layersOf, type DnsAnswer } from '#joints/dns-path.ts'
import { networkInputKinds } from '#joints/network-input.ts'
import { isKubernetesLayer } from '#network/join-layers.ts'
import type { LayerAnswer } from '#network/question.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { policyNames } from '../policy-names.ts'

export default defineCheck({
  id: 'network-policy/dns-egress-denied',
  title: 'Policies that limit what pods send let no DNS out',
  severity: 'critical',
  // Long answers alone are lost when UDP passes.
  severities: ['medium'],
  since: '0.1.0',
  subject: 'workload',
  reads: networkInputKinds,
  sources: [
    'https://kubernetes.io/docs/concepts/services-networking/network-policies/',
    'https://github.com/aws/amazon-network-policy-controller-k8s/blob/main/pkg/resolvers/endpoints.go',
  ],

  test({ subject: workload, world }) {
    const path = dnsPathOf(world, workload)
    if ('why' in path) return skip(path.why)
    const denied = path.answers.filter(each => ownLayers(each).some(({ verdict }) => verdict === 'deny'))
    if (denied.length === 0) {
      const unsure = path.answers.find(each => ownLayers(each).length === 0 && each.answer.verdict === 'unknown')
      if (unsure !== undefined) throw unknownPath(unsure.answer)
      const layers = path.answers.flatMap(ownLayers)
      assertKnown(layers)
      const rules = layers.filter(({ by }) => by.length > 0)
      if (rules.length === 0) return skip('no policy limits what its pods send')
      return pass(...distinctPlaces(rules.flatMap(layer => layerEvidence(path.view, layer))).slice(0, 3))
    }
    const written = denied.find(({ answer }) => answer.upstream?.verdict === 'allow')
    if (written !== undefined)
      return skip(`the policies let it out and the engine does not, which is a finding of its own: ${written.answer.upstream?.because}`)
    const protocols = [...new Set(denied.map(({ question }) => question.protocol))]
    const layers = denied.flatMap(ownLayers).filter(({ verdict }) => verdict === 'deny')
    const policies = distinctPlaces(
      layers.flatMap(layer => layerEvidence(path.view, layer, `no rule of it lets ${protocols.join(' or ')} port 53 out to CoreDNS`)),
    )
    const service = path.service.at(['spec', 'clusterIP'], 'the DNS of the cluster answers at this address')
    const [first = service, ...others] = policies
    const fix = fixFor(
      path.view,
      denied.map(({ question }) => question),
    )
    const isTcpAlone = !protocols.includes('UDP')
    return fail({
      message: `${policyNames(policies.map(({ resource }) => resource))} of ${workload.name} lets no DNS (${protocols.join(' and ')} port 53) out to CoreDNS`,
      evidence: [first, ...others.slice(0, 2), workload.resource.at(['metadata', 'name'], 'its pods ask kube-dns for every name'), service],
      effect: isTcpAlone
        ? 'Answers that do not fit into one datagram are asked for again over TCP and never come, so some names are not resolved.'
        : 'The pods resolve no name, so whatever else the policies let out is not reached by its name.',
      ...(isTcpAlone ? { severity: 'medium' as const } : {}),
      ...(fix === undefined
        ? { help: 'Let UDP and TCP port 53 out to the pods that the Service kube-dns selects, by the labels of its selector.' }
        : { fix }),
    })
  },
})

const ownLayers = ({ answer }: DnsAnswer): readonly LayerAnswer[] =>
  layersOf(answer).filter(layer => isKubernetesLayer(layer) && layer.end === 'source')
