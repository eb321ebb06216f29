import type { BlueprintWorkload } from '#model/blueprint.ts'
import type { Change } from '#model/change.ts'
import { ownerLabels } from '#model/owner.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import type { Proposal } from './proposal.ts'

/** The namespace and the service account of a workload, where they do not exist. */
export function accountProposals(
  world: Reader<'k8s/Namespace' | 'k8s/ServiceAccount'>,
  cluster: Resource<'aws/eks/Cluster'>,
  { namespace, serviceAccount: name }: BlueprintWorkload,
  joint: string,
): readonly Proposal[] {
  const scope = { cluster: cluster.body.name }
  const makes = `${joint}: service account`
  const proposals: Proposal[] = []
  if (world.find('k8s/Namespace', namespace, scope) === undefined) {
    const target = { kind: 'k8s/Namespace', id: namespace, scope } as const
    const body = { metadata: { name: namespace, labels: ownerLabels } }
    const change: Change = { target, edit: { do: 'create', body }, permissions: ['create namespaces'], risk: '' }
    proposals.push({ change, title: `create namespace ${namespace}`, makes })
  }
  if (world.find('k8s/ServiceAccount', `${namespace}/${name}`, scope) === undefined) {
    const target = { kind: 'k8s/ServiceAccount', id: `${namespace}/${name}`, scope } as const
    const body = { metadata: { name, namespace, labels: ownerLabels } }
    const change: Change = { target, edit: { do: 'create', body }, permissions: ['create serviceaccounts'], risk: '' }
    proposals.push({ change, title: `create service account ${namespace}/${name}`, makes })
  }
  return proposals
}
