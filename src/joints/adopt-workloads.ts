import { Unread } from '#base/errors.ts'
import type { BlueprintMount, BlueprintRead, BlueprintWorkload, Identity } from '#model/blueprint.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { adoptedReads } from './adopt-reads.ts'
import { defineAdoption, nowhere, type Adopted } from './define-adoption.ts'
import { roleArnOf } from './irsa/service-account.ts'
import { associationOf } from './pod-identity/association.ts'
import { regionKinds, takenClass } from './secrets-store/classes.ts'
import { mountsOf, type SecretMount } from './secrets-store/mounts.ts'
import { serviceAccountKey, workloadKinds, workloadsByServiceAccount } from './workloads.ts'

const kinds = [
  'aws/eks/Cluster',
  'aws/eks/PodIdentityAssociation',
  'aws/iam/Policy',
  'aws/iam/Role',
  'aws/secretsmanager/Secret',
  'aws/ssm/Parameter',
  'k8s/SecretProviderClass',
  'k8s/ServiceAccount',
  ...regionKinds,
  ...workloadKinds,
] as const
type AdoptionReader = Reader<(typeof kinds)[number]>

/** Every service account that has a role, with what the role's policies name and what its pods mount. */
export default defineAdoption({
  fills: 'workloads',
  reads: [...new Set(kinds)],
  adopt(world, cluster) {
    const accounts = world.list('k8s/ServiceAccount', { cluster: cluster.body.name })
    const adopted = accounts.flatMap(account => orUnread(account, () => adoptedAccount(world, cluster, account)) ?? [])
    return {
      part: { workloads: adopted.flatMap(({ part }) => part.workloads ?? []) },
      remarks: adopted.flatMap(({ remarks }) => remarks),
      unread: adopted.flatMap(({ unread = [] }) => unread),
    }
  },
})

/** What is not known of one account leaves that account out. */
function orUnread(account: Resource<'k8s/ServiceAccount'>, adopt: () => Adopted | undefined): Adopted | undefined {
  try {
    return adopt()
  } catch (error) {
    if (!(error instanceof Unread)) throw error
    return { part: {}, remarks: [], unread: [{ about: account.id, fact: error.fact }] }
  }
}

function adoptedAccount(
  world: AdoptionReader,
  cluster: Resource<'aws/eks/Cluster'>,
  account: Resource<'k8s/ServiceAccount'>,
): Adopted | undefined {
  const { name, namespace } = account.body.metadata
  const association = associationOf(world, { cluster: cluster.body.name, namespace, name })
  const roleArn = association?.body.roleArn ?? roleArnOf(account)
  if (roleArn === undefined) return undefined
  const identity: Identity = association === undefined ? 'irsa' : 'pod-identity'
  const about = `${namespace}/${name}`
  const role = world.find('aws/iam/Role', roleArn)
  if (role === undefined) return { part: {}, remarks: [`${about}: its role ${roleArn} does not exist.`] }
  const { reads, remarks } = adoptedReads(world, cluster, role)
  const workload: BlueprintWorkload = {
    namespace,
    serviceAccount: name,
    identity,
    reads,
    mounts: mountsFor(world, cluster, account),
    where: nowhere,
  }
  return { part: { workloads: [withoutMounted(workload)] }, remarks: remarks.map(remark => `${about}: ${remark}`) }
}

/** What is mounted is read by that. */
const withoutMounted = (workload: BlueprintWorkload): BlueprintWorkload => ({
  ...workload,
  reads: workload.reads.filter(
    (read: BlueprintRead) => read.is !== 'secret' || !workload.mounts.some(({ secret }) => secret === read.name),
  ),
})

function mountsFor(
  world: AdoptionReader,
  cluster: Resource<'aws/eks/Cluster'>,
  account: Resource<'k8s/ServiceAccount'>,
): readonly BlueprintMount[] {
  const { name, namespace } = account.body.metadata
  const workloads = workloadsByServiceAccount(world).get(serviceAccountKey(cluster.body.name, namespace, name)) ?? []
  const found = new Map<string, BlueprintMount>()
  for (const mount of workloads.flatMap(workload => mountsOf(world, workload))) {
    const folder = folderOf(mount)
    if (folder === undefined) continue
    for (const { objectName, type } of takenClass(world, mount)?.parsed.objects ?? []) {
      if (type !== 'secretsmanager') continue
      const secret = secretName(world, cluster, objectName)
      found.set(secret, { secret, folder, where: nowhere })
    }
  }
  return [...found.values()]
}

const folderOf = ({ shape, volume }: SecretMount): string | undefined =>
  shape.spec.containers.flatMap(({ volumeMounts = [] }) => volumeMounts).find(({ name }) => name === volume)?.mountPath

function secretName(world: AdoptionReader, cluster: Resource<'aws/eks/Cluster'>, objectName: string): string {
  if (!objectName.startsWith('arn:')) return objectName
  const secret = world.list('aws/secretsmanager/Secret', cluster.scope).find(({ body }) => body.ARN === objectName)
  if (secret === undefined)
    throw new Unread({ kind: 'aws/secretsmanager/Secret', id: objectName, reason: 'a mounted secret is of another region or account' })
  return secret.body.Name
}
