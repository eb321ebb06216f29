import { defineCheck } from '#joints/define.ts'
import { policyLayerKinds } from '#joints/policy-layer.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { clusterOf } from '../deviation-verdict.ts'
import { coverageOf } from '../namespace-coverage.ts'

/** What EKS and Kubernetes run there must reach, and be reached by, nearly everything. */
const ofTheSystem = new Set(['kube-system', 'kube-public', 'kube-node-lease'])

export default defineCheck({
  id: 'network-policy/namespace-unprotected',
  title: 'A namespace has pods that no policy closes by default',
  severity: 'medium',
  since: '0.1.0',
  subject: 'k8s/Namespace',
  reads: policyLayerKinds,
  sources: [
    'https://kubernetes.io/docs/concepts/services-networking/network-policies/#default-policies',
    'https://docs.aws.amazon.com/eks/latest/best-practices/network-security.html',
  ],

  test({ subject: namespace, world }) {
    const name = namespace.body.metadata.name
    if (ofTheSystem.has(name)) return skip('it is a namespace of the system')
    const coverage = coverageOf(world, clusterOf(namespace), name)
    if (coverage === 'nobody enforces') return skip('nothing enforces policies in the cluster')
    if (coverage.pods === 0) return skip('no pod in it is of a network that policies are about')
    const { ingress, egress } = coverage
    if (ingress.closed === coverage.pods && egress.closed === coverage.pods)
      return pass(
        namespace.at(['metadata', 'name'], 'every pod of it is closed by default, both ways'),
        ...[...ingress.by, ...egress.by].slice(0, 3),
      )
    const share = (closed: number) => `${Math.floor((100 * closed) / coverage.pods)} %`
    const open = ingress.closed < coverage.pods ? (egress.closed < coverage.pods ? 'ingress and egress' : 'ingress') : 'egress'
    const example = coverage.openExample
    return fail({
      message: `namespace ${name} is not closed by default for ${open}: policies close ingress of ${share(ingress.closed)} and egress of ${share(egress.closed)} of its ${coverage.pods} ${coverage.pods === 1 ? 'pod' : 'pods'}`,
      evidence: [
        namespace.at(['metadata', 'name'], 'no policy closes every pod of it'),
        ...(example === undefined ? [] : [example.resource.at(['metadata', 'name'], 'pods of this are open')]),
      ],
      effect:
        'What no policy selects may connect to everything, or be connected to by every pod of the cluster; and a new workload is open until somebody thinks of it.',
      help: 'Add a NetworkPolicy with an empty podSelector for Ingress and Egress, after policies that let DNS and the known flows through: mortise reach --matrix -n <namespace> shows what goes on.',
    })
  },
})
