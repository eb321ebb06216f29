import { kubernetesKinds, type KubernetesKind } from '#model/kinds.ts'
import { pathText } from '#model/place.ts'
import { conform, isMap, type Misfit } from './conform.ts'
import { ignore, type Harvest } from './harvest.ts'
import { kubernetesForm } from './kubernetes-forms.ts'
import { apiVersionOf, kubernetesId } from './kubernetes-object.ts'
import { originAt, placeText, problemAt, type Seat } from './seat.ts'

/**
 * Takes one Kubernetes object. An object that no API server would accept is reported and left out, and its kind (its id, when it has one) is unread:
 * what the author meant by it is not known.
 */
export function takeKubernetes(
  harvest: Harvest,
  kind: KubernetesKind,
  body: Record<string, unknown>,
  seat: Seat,
  cluster: string | undefined,
): void {
  const metadata = isMap(body.metadata) ? body.metadata : {}
  const { name, namespace } = metadata
  if (name === undefined || name === null || name === '') {
    const help = 'generateName' in metadata ? 'save the object as the cluster holds it, with its name' : 'give it a metadata.name'
    harvest.problems.push(problemAt(seat, ['metadata'], 'NO_NAME', `this ${kind.slice('k8s/'.length)} has no name`, help))
    harvest.unread.push({ kind, where: { cluster }, ...unread(seat) })
    return
  }
  if (isLeftOut(kind, namespace, name)) return ignore(harvest, `${apiVersionOf(kind)}/${kind.slice('k8s/'.length)}`)
  const misfit = conform(body, kubernetesForm(kind))
  const id = typeof name === 'string' ? kubernetesId(kind, name, typeof namespace === 'string' ? namespace : 'default') : undefined
  if (misfit !== undefined || id === undefined) {
    if (misfit !== undefined) harvest.problems.push(misfitProblem(seat, misfit))
    harvest.unread.push({ kind, ...(id === undefined ? {} : { id }), where: { cluster }, ...unread(seat) })
    return
  }
  if (kubernetesKinds[kind].namespaced) metadata.namespace ??= 'default'
  harvest.held.push({ kind, id, cluster, body: withType(kind, body), origin: originAt(seat) })
}

/** Of some kinds only one object is kept: ConfigMaps hold anything. */
function isLeftOut(kind: KubernetesKind, namespace: unknown, name: unknown): boolean {
  const { only } = kubernetesKinds[kind]
  return only !== undefined && only !== `${String(namespace ?? 'default')}/${String(name)}`
}

/** Items of a typed list leave out what the list says for all of them. */
function withType(kind: KubernetesKind, body: Record<string, unknown>): Record<string, unknown> {
  if (body.apiVersion !== undefined && body.kind !== undefined) return body
  return { apiVersion: apiVersionOf(kind), kind: kind.slice('k8s/'.length), ...body }
}

export function misfitProblem(seat: Seat, misfit: Misfit): ReturnType<typeof problemAt> {
  const isLabel =
    misfit.path[0] === 'metadata' && (misfit.path[1] === 'annotations' || misfit.path[1] === 'labels') && misfit.path.length === 3
  const help = isLabel && misfit.message.startsWith('must be a text') ? 'put the value in quotes' : undefined
  return problemAt(seat, misfit.path, isLabel ? 'LABEL_NOT_TEXT' : 'WRONG_TYPE', `${pathText(misfit.path)} ${misfit.message}`, help)
}

export function unread(
  seat: Seat,
  reason = 'an object could not be read',
): { readonly reason: string; readonly settle: { readonly by: 'user'; readonly step: string } } {
  const place = placeText(seat)
  return { reason: `${reason}: ${place}`, settle: { by: 'user', step: `correct ${place}` } }
}
