import { definePart, type JointBlueprint } from '#joints/define-blueprint.ts'
import type { Proposal } from '#joints/proposal.ts'
import { serviceAccountKey, workloadKinds, workloadsByServiceAccount, type Workload } from '#joints/workloads.ts'
import type { BlueprintWorkload, Identity } from '#model/blueprint.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { defaultAudience } from '../irsa/service-account.ts'
import { accountNameOf, associationOf } from '../pod-identity/association.ts'
import { classProposals } from './class-proposals.ts'
import { regionKinds } from './classes.ts'
import { declaredFolders, folderState, type DeclaredFolder } from './declared-mounts.ts'
import { driverKinds, driverProposals } from './driver-proposals.ts'
import { templateProposal } from './template-proposals.ts'
import { podIdentityAudience } from './token-audiences.ts'

type Cluster = Resource<'aws/eks/Cluster'>

const identityKinds = ['aws/eks/Cluster', 'aws/eks/PodIdentityAssociation'] as const
const classKinds = [...identityKinds, ...regionKinds, ...workloadKinds, 'k8s/SecretProviderClass'] as const
type ClassReader = Reader<(typeof classKinds)[number]>

/** What the role must be allowed, and by whose policy, the joint of its identity makes: what is mounted is read. */
export default {
  joint: 'secrets-store',
  parts({ workloads }) {
    const mounting = workloads.filter(({ mounts }) => mounts.length > 0)
    return mounting.length === 0 ? [] : [driverPart(mounting), ...mounting.flatMap(partsOf)]
  },
} satisfies JointBlueprint

const driverPart = (workloads: readonly BlueprintWorkload[]) =>
  definePart({
    about: 'the Secrets Store CSI driver',
    reads: [...driverKinds, ...identityKinds, 'aws/secretsmanager/Secret'],
    propose: (world, cluster) =>
      driverProposals(world, cluster, {
        audiences: [...new Set(workloads.map(workload => audience[identityOf(world, cluster, workload)]))],
        renews: isRotated(world, cluster, workloads),
      }),
  })

const audience: Readonly<Record<Identity, string>> = { irsa: defaultAudience, 'pod-identity': podIdentityAudience }

function isRotated(world: Reader<'aws/secretsmanager/Secret'>, { id }: Cluster, workloads: readonly BlueprintWorkload[]): boolean {
  const [, , , region = '', account = ''] = id.split(':')
  const names = new Set(workloads.flatMap(({ mounts }) => mounts.map(({ secret }) => secret)))
  return world
    .list('aws/secretsmanager/Secret', { account, region })
    .some(({ body }) => names.has(body.Name) && body.RotationEnabled === true)
}

/** A folder that somebody else must mount leaves its class to be made: pods that get the volume then start. */
const partsOf = (workload: BlueprintWorkload) =>
  declaredFolders(workload).flatMap(declared => [
    definePart({
      about: `the class of ${declared.folder} of ${workload.namespace}/${workload.serviceAccount}`,
      reads: classKinds,
      propose: (world, cluster) => ownClass(world, cluster, workload, declared),
    }),
    definePart({
      about: `${declared.folder} of ${workload.namespace}/${workload.serviceAccount}`,
      reads: classKinds,
      propose: (world, cluster) =>
        workloadsOf(world, cluster, workload).flatMap(each =>
          folderState(world, each, declared).is === 'mounted' ? [] : [templateProposal(each, declared)],
        ),
    }),
  ])

/** A folder in which every workload finds somebody's class already needs none of Mortise's. */
function ownClass(world: ClassReader, cluster: Cluster, workload: BlueprintWorkload, declared: DeclaredFolder): readonly Proposal[] {
  const states = workloadsOf(world, cluster, workload).map(each => folderState(world, each, declared))
  const isForeign = states.length > 0 && states.every(state => state.is === 'mounted' && state.className !== declared.className)
  const place = { cluster, namespace: workload.namespace, identity: identityOf(world, cluster, workload) }
  return isForeign ? [] : classProposals(world, place, declared)
}

/** What runs as the service account. @throws Unread when the workloads of its namespace were not all read */
function workloadsOf(world: ClassReader, { body: { name } }: Cluster, workload: BlueprintWorkload): readonly Workload[] {
  const { namespace, serviceAccount } = workload
  for (const kind of workloadKinds) world.list(kind, { cluster: name, namespace })
  return workloadsByServiceAccount(world).get(serviceAccountKey(name, namespace, serviceAccount)) ?? []
}

/** As whom the provider asks: by the association that the service account has by now, unless the blueprint says otherwise. */
function identityOf(world: Reader<(typeof identityKinds)[number]>, cluster: Cluster, workload: BlueprintWorkload): Identity {
  if (workload.identity !== undefined) return workload.identity
  return associationOf(world, accountNameOf(cluster, workload)) === undefined ? 'irsa' : 'pod-identity'
}
