import { Unread } from '#base/errors.ts'
import { podShape, type PodShape, type PodSpec, type Workload } from '#joints/workloads.ts'
import type { Path } from '#model/place.ts'
import type { Evidence, Resource } from '#model/resource.ts'
import { hasVolume, mutate, mutated, seatsOf, type Seat } from './webhook.ts'

type Pod = Resource<'k8s/Pod'>
type ServiceAccount = Resource<'k8s/ServiceAccount'>

/** A pod as it is, or a template as the webhook will make it. */
export interface View {
  /** What stands in the input: places come from it. */
  readonly shape: PodShape
  /** What runs. */
  readonly spec: PodSpec
}

export const podView = (pod: Pod): View => ({ shape: podShape(pod), spec: podShape(pod).spec })

/** The template after admission. Items that the webhook adds stand behind those of the template, except the volume. */
export function templateView(workload: Workload, serviceAccount: ServiceAccount): View {
  const shape = workload.template
  const mutation = mutate(shape, serviceAccount)
  return { shape, spec: mutation === undefined ? shape.spec : mutated(shape.spec, mutation) }
}

/**
 * The pods that the API server has admitted. A bare pod in a manifest is still a template.
 * @throws Unread when the pods of the namespace were not all read.
 */
export const livePods = (workload: Workload): readonly Pod[] => workload.pods().filter(isAdmitted)

/** Those that already run as the service account that the template names: others are of an earlier template. */
export const currentPods = (workload: Workload): readonly Pod[] =>
  livePods(workload).filter(pod => accountOf(pod) === workload.serviceAccountName)

export const accountOf = (pod: Pod): string => pod.body.spec?.serviceAccountName ?? pod.body.spec?.serviceAccount ?? 'default'

export const isAdmitted = ({ body: { metadata, spec, status } }: Pod): boolean =>
  [metadata.uid, metadata.creationTimestamp, spec?.nodeName, status?.phase].some(mark => typeof mark === 'string') ||
  (metadata.ownerReferences ?? []).length > 0

/** The container of the template with that name: what the webhook did not add was written there. */
export const templateSeat = (workload: Workload, name: string): Seat | undefined =>
  seatsOf(workload.template.spec).find(seat => seat.container.name === name)

/** Whether the template itself has the volume. A bare pod that was admitted does not tell what it was before. */
export const isWrittenVolume = (workload: Workload, name: string): boolean =>
  hasVolume(workload.template.spec, name) && !(isBarePod(workload.resource) && isAdmitted(workload.resource))

const isBarePod = (resource: Workload['resource'] | Pod): resource is Pod => resource.kind === 'k8s/Pod'

export const seatPath = (shape: PodShape, seat: Seat): Path => [...shape.root, 'spec', seat.group, seat.index]

/** Evidence about a value inside a container. */
export const atSeat = (shape: PodShape, seat: Seat, path: Path, label: string): Evidence =>
  shape.resource.at([...seatPath(shape, seat), ...path], label)

export interface Fault {
  readonly is: string
  readonly seat: Seat
}

export interface Found<F extends Fault> {
  readonly fault: F
  readonly view: View
  /** The pods that have it; none when it is foretold from the template. */
  readonly pods: readonly Pod[]
  /** All pods that were judged. */
  readonly of: number
}

/**
 * The fault of a workload: in its pods where there are any, else in its template. One that the template has too is shown there, since that is where it
 * is mended. What the template alone foretells holds even where pods were not read.
 */
export function findFault<F extends Fault>(
  workload: Workload,
  serviceAccount: ServiceAccount,
  look: (view: View) => F | undefined,
): Found<F> | undefined {
  const template = templateView(workload, serviceAccount)
  const foretold = look(template)
  const pods = podsUnless(foretold !== undefined, workload)
  if (pods.length === 0) return foretold === undefined ? undefined : { fault: foretold, view: template, pods, of: 0 }
  const faulty = pods.flatMap(pod => {
    const view = podView(pod)
    const fault = look(view)
    return fault === undefined ? [] : [{ pod, view, fault }]
  })
  const [first] = faulty
  if (first === undefined) return undefined
  const isForetold =
    foretold !== undefined &&
    faulty.some(({ fault }) => fault.is === foretold.is && fault.seat.container.name === foretold.seat.container.name)
  const shown = isForetold ? { fault: foretold, view: template } : { fault: first.fault, view: first.view }
  return { ...shown, pods: faulty.map(item => item.pod), of: pods.length }
}

function podsUnless(known: boolean, workload: Workload): readonly Pod[] {
  try {
    return currentPods(workload)
  } catch (error) {
    if (known && error instanceof Unread) return []
    throw error
  }
}

/** `deploy/reader (2 of 3 pods)`, `deploy/reader (every new pod)`, `pod/console`. */
export function namedWith(workload: Workload, { pods, of }: { readonly pods: readonly Pod[]; readonly of: number }): string {
  if (workload.resource.kind === 'k8s/Pod') return workload.name
  if (of === 0) return `${workload.name} (every new pod)`
  return `${workload.name} (${of === 1 ? 'its one pod' : `${pods.length} of ${of} pods`})`
}
