import { definePart, type JointBlueprint } from '#joints/define-blueprint.ts'
import type { Proposal } from '#joints/proposal.ts'
import { readDocument } from '#joints/read-document.ts'
import { roleNameFor } from '#joints/role-name.ts'
import { roleProposals } from '#joints/role-proposals.ts'
import { readsOf } from '#joints/workload-reads.ts'
import type { BlueprintWorkload } from '#model/blueprint.ts'
import type { Change } from '#model/change.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { associationOf } from './association.ts'
import { associationProposal, podTrustFor } from './given-role.ts'

const kinds = [
  'aws/eks/Cluster',
  'aws/eks/PodIdentityAssociation',
  'aws/iam/Role',
  'aws/kms/Key',
  'aws/secretsmanager/Secret',
  'k8s/Namespace',
  'k8s/ServiceAccount',
] as const
type BlueprintReader = Reader<(typeof kinds)[number]>

export default {
  joint: 'pod-identity',
  parts: ({ workloads }) =>
    workloads.map(workload =>
      definePart({
        about: `${workload.namespace}/${workload.serviceAccount}`,
        reads: kinds,
        propose: (world, cluster) => proposals(world, cluster, workload),
      }),
    ),
} satisfies JointBlueprint

/**
 * What is missing for a service account to read what it shall, by EKS Pod Identity; nothing when the joint holds.
 * @throws Unread when what it depends on was not read, UserError when a thing of that name is somebody else's
 */
function proposals(world: BlueprintReader, cluster: Resource<'aws/eks/Cluster'>, workload: BlueprintWorkload): readonly Proposal[] {
  const association = associationOf(world, { cluster: cluster.body.name, namespace: workload.namespace, name: workload.serviceAccount })
  const roleArn = association?.body.roleArn ?? roleNameFor(cluster.id, workload).roleArn
  return [
    ...accountProposals(world, cluster, workload),
    ...roleProposals(world, {
      arn: roleArn,
      trust: podTrustFor(cluster.id, workload),
      policy: readDocument(world, cluster, workload),
      joint: 'pod-identity',
      verb: readsOf(workload).length === 1 ? 'read it' : 'read them',
      risk: 'Whoever has the role may read what the policy names.',
    }),
    ...(association === undefined ? [associationProposal(cluster, workload, roleArn)] : []),
  ]
}

function accountProposals(
  world: BlueprintReader,
  cluster: Resource<'aws/eks/Cluster'>,
  { namespace, serviceAccount: name }: BlueprintWorkload,
): readonly Proposal[] {
  const scope = { cluster: cluster.body.name }
  const proposals: Proposal[] = []
  if (world.find('k8s/Namespace', namespace, scope) === undefined) {
    const body = { metadata: { name: namespace, labels: owner } }
    const change: Change = {
      target: { kind: 'k8s/Namespace', id: namespace, scope },
      edit: { do: 'create', body },
      permissions: ['create namespaces'],
      risk: '',
    }
    proposals.push({ change, title: `create namespace ${namespace}`, makes: 'pod-identity: service account' })
  }
  if (world.find('k8s/ServiceAccount', `${namespace}/${name}`, scope) === undefined) {
    const body = { metadata: { name, namespace, labels: owner } }
    const target = { kind: 'k8s/ServiceAccount', id: `${namespace}/${name}`, scope } as const
    const change: Change = { target, edit: { do: 'create', body }, permissions: ['create serviceaccounts'], risk: '' }
    proposals.push({ change, title: `create service account ${namespace}/${name}`, makes: 'pod-identity: service account' })
  }
  return proposals
}

const owner = { 'app.kubernetes.io/managed-by': 'mortise' }
