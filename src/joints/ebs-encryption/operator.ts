import { Unread } from '#base/errors.ts'
import { roleCaller, type Caller } from '#joints/access-caller.ts'
import type { Mechanism, MechanismName } from '#joints/access-mechanism.ts'
import { workloadMechanisms, type WorkloadReader } from '#joints/access-workload.ts'
import { isImageOf } from '#joints/component-versions/define.ts'
import { ebsCsiDriver } from '#joints/component-versions/ebs-csi.ts'
import { parseImage, type Version } from '#joints/container-image.ts'
import { perWorld } from '#joints/per-world.ts'
import { workloadsOf, type Workload } from '#joints/workloads.ts'
import type { Path } from '#model/place.ts'
import type { Evidence, Resource } from '#model/resource.ts'
import { autoModeDriver, type EbsDriver } from './drivers.ts'
import { clusterOf, homeOf } from './home.ts'

export type Role = Resource<'aws/iam/Role'>
export type Controller = Resource<'k8s/Deployment'>

/** A Deployment that runs the driver's controller. */
export interface InstalledController {
  readonly deployment: Controller
  readonly version: Version | undefined
  readonly path: Path
  readonly container: {
    readonly args?: readonly string[] | undefined
    readonly env?: readonly { readonly name: string }[] | undefined
    readonly envFrom?: readonly unknown[] | undefined
  }
  image(label: string): Evidence
}

export const controllerIn = (deployment: Controller): InstalledController | undefined => {
  const containers = deployment.body.spec?.template.spec?.containers ?? []
  const index = containers.findIndex(({ image }) => image !== undefined && isImageOf(ebsCsiDriver, image))
  const container = containers[index]
  if (container === undefined) return undefined
  const path = ['spec', 'template', 'spec', 'containers', index]
  const { version } = parseImage(container.image ?? '')
  return { deployment, version, path, container, image: label => deployment.at([...path, 'image'], label) }
}

const installed = perWorld((world: WorkloadReader): ReadonlyMap<string, readonly InstalledController[]> =>
  Map.groupBy(
    world.seen('k8s/Deployment').flatMap(deployment => controllerIn(deployment) ?? []),
    ({ deployment }) => clusterOf(deployment),
  ),
)

const byResource = perWorld(
  (world: WorkloadReader): ReadonlyMap<Resource, Workload> =>
    new Map(workloadsOf(world).map(workload => [workload.resource as Resource, workload])),
)

export const workloadOf = (world: WorkloadReader, deployment: Controller): Workload | undefined => byResource(world).get(deployment)

/**
 * The Deployments that run the controller, by their images. None: nothing in the cluster makes or attaches volumes, unless AWS does.
 * @throws Unread when none was seen, and the Deployments of the cluster were not all read
 */
export function controllersIn(world: WorkloadReader, cluster: string): readonly InstalledController[] {
  const found = installed(world).get(cluster) ?? []
  if (found.length === 0) world.list('k8s/Deployment', { cluster })
  return found
}

/** Whoever calls EC2 and KMS for the volumes of a driver. */
export interface Operator {
  readonly text: string
  readonly by: MechanismName
  readonly role: Role
  readonly caller: Caller
  readonly controller?: InstalledController
  /** Where it is said which role it has. */
  readonly at: Evidence
}

export type OperatorState = { readonly is: 'works'; readonly operator: Operator } | { readonly is: 'none'; readonly why: string }

const operators = perWorld((_world: object) => new Map<string, OperatorState>())

/**
 * The controller with the role that its pods have; in Auto Mode AWS, with the role of the cluster.
 * https://docs.aws.amazon.com/eks/latest/userguide/create-storage-class.html
 * @throws Unread when the controller or its role was not read
 */
export function operatorOf(world: WorkloadReader, cluster: string, driver: EbsDriver): OperatorState {
  const key = `${cluster}\n${driver}`
  const known = operators(world).get(key)
  if (known !== undefined) return known
  const state = driver === autoModeDriver ? clusterOperator(world, cluster) : addOnOperator(world, cluster)
  operators(world).set(key, state)
  return state
}

function clusterOperator(world: WorkloadReader, clusterName: string): OperatorState {
  const { cluster } = homeOf(world, clusterName)
  const { roleArn } = cluster.body
  if (roleArn === undefined) throw new Unread({ kind: 'aws/eks/Cluster', id: cluster.id, reason: 'the cluster was read without its role' })
  const role = world.find('aws/iam/Role', roleArn)
  if (role === undefined) return { is: 'none', why: 'the role of the cluster does not exist' }
  const at = cluster.at(['roleArn'], 'EKS Auto Mode works with the role of the cluster')
  return { is: 'works', operator: { text: 'EKS Auto Mode', by: 'itself', role, caller: roleCaller(world, role), at } }
}

function addOnOperator(world: WorkloadReader, cluster: string): OperatorState {
  const [controller] = controllersIn(world, cluster)
  if (controller === undefined) return { is: 'none', why: 'no controller of the driver runs, which another check tells' }
  const mechanism = mechanismOf(world, controller)
  if (mechanism === undefined) return { is: 'none', why: 'the controller has no pods' }
  const { session, roleArn, by } = mechanism
  if (session.is === 'refused') return { is: 'none', why: `the controller gets no session: ${session.reason}` }
  if (session.is === 'unknown') throw new Unread(session.fact)
  const role = roleArn === undefined ? undefined : world.find('aws/iam/Role', roleArn)
  if (role === undefined) return { is: 'none', why: 'the role of the controller does not exist' }
  const at = mechanism.steps.findLast(step => step.at !== undefined)?.at ?? controller.image('the controller')
  return { is: 'works', operator: { text: controller.deployment.body.metadata.name, by, role, caller: session.caller, controller, at } }
}

/** How its pods come to a role: the way that fails, when pods differ. */
export function mechanismOf(world: WorkloadReader, { deployment }: InstalledController): Mechanism | undefined {
  const workload = workloadOf(world, deployment)
  if (workload === undefined) return undefined
  const all = workloadMechanisms(world, workload)
  return all.find(({ session }) => session.is === 'refused') ?? all.find(({ session }) => session.is === 'unknown') ?? all[0]
}

/** A Deployment that is called as the controller is, with another image. */
export const disguisedController = (world: WorkloadReader, cluster: string): Controller | undefined =>
  world
    .seen('k8s/Deployment')
    .find(
      deployment =>
        clusterOf(deployment) === cluster &&
        (deployment.body.metadata.name === 'ebs-csi-controller' ||
          deployment.body.spec?.template.spec?.serviceAccountName === 'ebs-csi-controller-sa'),
    )
