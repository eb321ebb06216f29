import { defineCheck } from '#joints/define.ts'
import { vpcCniKinds } from '#joints/vpc-cni.ts'
import type { Workload } from '#joints/workloads.ts'
import type { Evidence } from '#model/resource.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import type { Reader } from '#model/world.ts'
import type { AssociationReader } from '../../pod-identity/association.ts'
import { workloadAssociation } from '../../pod-identity/workload-association.ts'
import { enforcingOf } from '../enforcing-mode.ts'
import { runsOnFargate } from '../fargate.ts'
import { networkProbes } from '../probes.ts'
import { selectedBy, workloadGroupKinds } from '../workload-groups.ts'

export default defineCheck({
  id: 'security-groups-for-pods/strict-mode-cuts-link-local',
  title: 'In strict mode pods with groups of their own do not reach addresses of their node that they use',
  severity: 'critical',
  // Of the cache of DNS and of a mesh the documents say the same, and less hangs on them.
  severities: ['high'],
  since: '0.1.0',
  subject: 'workload',
  reads: [...workloadGroupKinds, ...vpcCniKinds, 'aws/eks/Cluster', 'aws/eks/PodIdentityAssociation', 'k8s/Namespace'],
  sources: [
    'https://github.com/aws/amazon-vpc-cni-k8s/issues/3557',
    'https://github.com/aws/amazon-vpc-resource-controller-k8s/issues/618',
    'https://docs.aws.amazon.com/eks/latest/best-practices/sgpp.html',
    'https://istio.io/latest/docs/ambient/install/platform-prerequisites/',
  ],

  test({ subject: workload, world }) {
    const selected = selectedBy(world, workload)
    if (selected === undefined) return skip('no policy selects the workload')
    if (runsOnFargate(workload)) return skip('its pods run on Fargate')
    const enforcing = enforcingOf(world, workload.cluster)
    if (enforcing === undefined) return skip('the cluster does not run the VPC CNI')
    if (enforcing.mode === 'standard') return pass(enforcing.at)
    const uses = [identityUse(world, workload), cacheUse(world, workload), meshUse(world, workload)].flatMap(use => use ?? [])
    const [first] = uses
    if (first === undefined) return pass(enforcing.at)
    const [policy] = selected.policies
    return fail({
      message: `${workload.name} uses ${uses.map(({ text }) => text).join(' and ')}, and in strict mode pods with groups of their own do not reach link-local addresses`,
      evidence: [
        enforcing.at,
        ...uses.map(({ at }) => at),
        policy.at(['metadata', 'name'], `this policy gives ${workload.name} groups of its own`),
      ],
      effect: uses.map(({ effect }) => effect).join(' '),
      ...(first.severity === undefined ? {} : { severity: first.severity }),
      help: first.help,
    })
  },
})

interface Use {
  readonly text: string
  readonly at: Evidence
  readonly effect: string
  readonly help: string
  readonly severity?: 'high'
}

const orStandard =
  'or set POD_SECURITY_GROUP_ENFORCING_MODE to standard and replace the pods, after a look at what standard mode no longer closes on one node.'

/** The agent of the node answers at 169.254.170.23. */
function identityUse(world: AssociationReader, workload: Workload): Use | undefined {
  const association = workloadAssociation(world, workload)
  if (association === undefined) return undefined
  return {
    text: 'EKS Pod Identity',
    at: association.at(['serviceAccount'], 'its credentials come from the agent at 169.254.170.23'),
    effect: 'The pods get no AWS credentials, whatever the security groups allow.',
    help: `Use IRSA for this service account, ${orStandard}`,
  }
}

/** The published manifest names it so. https://kubernetes.io/docs/tasks/administer-cluster/nodelocaldns/ */
function cacheUse(world: Reader<'k8s/DaemonSet'>, workload: Workload): Use | undefined {
  const { dnsPolicy = 'ClusterFirst' } = workload.template.spec
  if (dnsPolicy !== 'ClusterFirst') return undefined
  const cache = world.find('k8s/DaemonSet', 'kube-system/node-local-dns', { cluster: workload.cluster })
  if (cache === undefined) return undefined
  return {
    text: 'NodeLocal DNSCache',
    at: cache.at(['metadata', 'name'], 'the cache of each node listens at an address of the node'),
    effect: 'Names are not resolved where the pods are pointed at the cache.',
    help: `Give the pods a dnsConfig of their own that names the address of the Service kube-dns, ${orStandard}`,
    severity: 'high',
  }
}

/** Istio's ambient mode makes the kubelet's probes come from 169.254.7.127. Probes that run a command are not on the network. */
function meshUse(world: Reader<'k8s/Namespace'>, workload: Workload): Use | undefined {
  const [probe] = networkProbes(workload.template)
  if (probe === undefined) return undefined
  const label = 'istio.io/dataplane-mode'
  const { resource, root, labels } = workload.template
  const own = labels[label]
  const namespace = own === undefined ? world.find('k8s/Namespace', workload.namespace, workload.resource.scope) : undefined
  const mode = own ?? namespace?.body.metadata.labels?.[label]
  if (mode !== 'ambient') return undefined
  const text = 'and the kubelet probes it from 169.254.7.127'
  const at = namespace?.at(['metadata', 'labels', label], text) ?? resource.at([...root, 'metadata', 'labels', label], text)
  return {
    text: "Istio's ambient mode",
    at,
    effect: 'Probes over the network fail, so the pods do not become ready, or are killed.',
    help: `Use exec probes, ${orStandard}`,
    severity: 'high',
  }
}
