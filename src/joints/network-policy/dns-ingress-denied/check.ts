import { defineCheck } from '#joints/define.ts'
import { policyLayerKinds } from '#joints/policy-layer.ts'
import { fail, pass, skip, type Fix } from '#model/verdict.ts'
import { clusterOf } from '../deviation-verdict.ts'
import { dnsAccessOf } from '../dns-access.ts'
import { policyNames } from '../policy-names.ts'

export default defineCheck({
  id: 'network-policy/dns-ingress-denied',
  title: 'Policies of CoreDNS do not let the DNS of other pods in',
  severity: 'critical',
  severities: ['medium'],
  since: '0.1.0',
  subject: 'k8s/Service',
  reads: policyLayerKinds,
  sources: [
    'https://kubernetes.io/docs/concepts/services-networking/network-policies/',
    'https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/',
  ],

  test({ subject: service, world }) {
    if (service.id !== 'kube-system/kube-dns') return skip('it is not the DNS of the cluster')
    const access = dnsAccessOf(world, clusterOf(service))
    if (access === undefined) return skip('no policy limits who asks CoreDNS')
    const { denied, asked, by } = access
    const [first] = denied
    const [place, ...places] = by
    if (first === undefined) return place === undefined ? skip('no pod asks the DNS of the cluster') : pass(place, ...places.slice(0, 2))
    const protocols = [...new Set(denied.map(({ protocol }) => protocol))]
    const workloads = new Set(denied.map(({ workload }) => workload))
    const isTcpAlone = !protocols.includes('UDP')
    const here = service.at(['spec', 'selector'], 'these pods answer for the whole cluster', 'key')
    return fail({
      message: `${policyNames(by.map(({ resource }) => resource))} of CoreDNS does not let DNS (${protocols.join(' and ')} port 53) in from ${first.workload.name} in ${first.workload.namespace}${workloads.size === 1 ? '' : ` and ${workloads.size - 1} more of ${asked} workloads`}`,
      evidence: [
        place ?? here,
        ...places.slice(0, 2),
        here,
        first.workload.resource.at(['metadata', 'name'], 'its pods ask kube-dns for every name'),
      ],
      effect: isTcpAlone
        ? 'Answers that do not fit into one datagram never come, so some names are not resolved.'
        : 'These pods resolve no name, of the cluster or of AWS, so nearly everything that they do times out.',
      ...(isTcpAlone ? { severity: 'medium' as const } : {}),
      ...(access.isLiftedByRule
        ? { fix: fixFor(service.body.spec?.selector ?? {}, clusterOf(service)) }
        : { help: 'Let UDP and TCP port 53 into CoreDNS from every pod, by a policy that comes before the one that denies.' }),
    })
  },
})

/** Policies of a namespace add up, so one more opens and takes nothing away. */
function fixFor(selector: Readonly<Record<string, string>>, cluster: string): Fix {
  const id = 'kube-system/allow-dns'
  const ports = [
    { port: 53, protocol: 'UDP' },
    { port: 53, protocol: 'TCP' },
  ]
  const spec = { podSelector: { matchLabels: selector }, policyTypes: ['Ingress'], ingress: [{ from: [{ namespaceSelector: {} }], ports }] }
  const body = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'allow-dns', namespace: 'kube-system' },
    spec,
  }
  const risk = 'Every pod of the cluster can ask CoreDNS.'
  const change = {
    target: { kind: 'k8s/NetworkPolicy' as const, id, scope: { cluster } },
    edit: { do: 'create' as const, body },
    permissions: ['create networkpolicies'],
    risk,
  }
  return { title: 'let every pod ask CoreDNS', safe: false, changes: [change] }
}
