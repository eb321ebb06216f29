import { apiVersionOf, kubernetesKinds, kubernetesName, type KubernetesKind } from '#model/kinds.ts'
import type { InputProblem } from '#model/input-problem.ts'
import { pathText } from '#model/place.ts'
import { metadataOnly } from '#sources/metadata-only.ts'
import { conform, isMap, type Misfit } from './conform.ts'
import { ignore, type Harvest } from './harvest.ts'
import { kubernetesForm } from './kubernetes-forms.ts'
import { kubernetesId } from './kubernetes-object.ts'
import { quiet, quietOrigin } from './secret-lines.ts'
import { originAt, placeText, problemAt, type Seat } from './seat.ts'

/**
 * Takes one Kubernetes object. An object that no API server would accept is reported and left out, and its kind (its id, when it has one) is unread:
 * what the author meant by it is not known.
 */
export function takeKubernetes(
  harvest: Harvest,
  kind: KubernetesKind,
  whole: Record<string, unknown>,
  seat: Seat,
  cluster: string | undefined,
): void {
  const isQuiet = kubernetesKinds[kind].metadataOnly === true
  const body = isQuiet ? metadataOnly(whole) : whole
  const report = (problem: InputProblem) => harvest.problems.push(isQuiet ? quiet(problem) : problem)
  const metadata = isMap(body.metadata) ? body.metadata : {}
  const { name, namespace } = metadata
  if (name === undefined || name === null || name === '') {
    const help = 'generateName' in metadata ? 'save the object as the cluster holds it, with its name' : 'give it a metadata.name'
    report(problemAt(seat, ['metadata'], 'NO_NAME', `this ${kubernetesName(kind)} has no name`, help))
    harvest.unread.push({ kind, where: { cluster }, ...unread(seat) })
    return
  }
  if (isLeftOut(kind, namespace, name)) return ignore(harvest, `${apiVersionOf(kind)}/${kubernetesName(kind)}`)
  const misfit = conform(body, kubernetesForm(kind))
  const id = typeof name === 'string' ? kubernetesId(kind, name, typeof namespace === 'string' ? namespace : 'default') : undefined
  if (misfit !== undefined || id === undefined) {
    if (misfit !== undefined) report(misfitProblem(seat, misfit))
    harvest.unread.push({ kind, ...(id === undefined ? {} : { id }), where: { cluster }, ...unread(seat) })
    return
  }
  if (kubernetesKinds[kind].namespaced) metadata.namespace ??= 'default'
  const origin = isQuiet ? quietOrigin(originAt(seat)) : originAt(seat)
  harvest.held.push({ kind, id, cluster, body: withType(kind, body), origin })
}

/** Of some kinds only some objects are kept: ConfigMaps hold anything. */
function isLeftOut(kind: KubernetesKind, namespace: unknown, name: unknown): boolean {
  const { only } = kubernetesKinds[kind]
  return only !== undefined && !only.includes(`${String(namespace ?? 'default')}/${String(name)}`)
}

/** Items of a typed list leave out what the list says for all of them. */
function withType(kind: KubernetesKind, body: Record<string, unknown>): Record<string, unknown> {
  if (body.apiVersion !== undefined && body.kind !== undefined) return body
  return { apiVersion: apiVersionOf(kind), kind: kubernetesName(kind), ...body }
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
