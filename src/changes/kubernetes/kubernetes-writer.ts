import { UserError } from '#base/errors.ts'
import type { Target } from '#model/change.ts'
import { apiVersionOf, isKubernetesKind, kubernetesKinds, kubernetesName, type Kind, type KubernetesKind } from '#model/kinds.ts'
import type { Live, Writer } from '../writer.ts'
import { messageOf, refused } from './refusal.ts'

/** One request to the API server of the cluster, with the user's credentials. */
export type SendToCluster = (request: {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly body?: { readonly text: string; readonly type: string }
}) => Promise<{ readonly status: number; readonly text: string }>

/** Other managers' fields stay theirs: an object is written whole, at the version that was read, so nobody's change is lost. */
export function kubernetesWriter(send: SendToCluster, kind: Kind): Writer {
  if (!isKubernetesKind(kind)) throw new Error(`${kind} is no kind of Kubernetes`)
  return {
    read: target => read(send, kind, target),
    create: (target, body) => create(send, kind, target, body),
    update: (target, before, after) => update(send, kind, target, before, after),
    delete: (target, before) => remove(send, kind, target, before),
    restart: (target, pods) => restart(send, kind, target, pods),
    isReady: ({ body }) => isRolledOut(body),
  }
}

interface Metadata {
  readonly name: string
  readonly namespace?: string
  readonly uid?: string
  readonly resourceVersion?: string
  readonly generation?: number
}
interface KubernetesObject {
  readonly metadata: Metadata
  readonly [field: string]: unknown
}

async function read(send: SendToCluster, kind: KubernetesKind, target: Target): Promise<Live | undefined> {
  const answer = await send({ method: 'GET', path: pathOf(kind, target.id) })
  if (answer.status === 404) return undefined
  const body = objectOf(answer, kind, target, 'get')
  const { resourceVersion } = body.metadata
  return { body: body as never, ...(resourceVersion === undefined ? {} : { version: resourceVersion }) }
}

async function create(send: SendToCluster, kind: KubernetesKind, target: Target, body: unknown): Promise<void> {
  const whole = { apiVersion: apiVersionOf(kind), kind: kubernetesName(kind), ...(body as object) }
  objectOf(await send({ method: 'POST', path: `${listPathOf(kind, target.id)}?${strict}`, body: json(whole) }), kind, target, 'create')
}

/** `fieldValidation=Strict`: a member that the server does not know is refused, not dropped. https://kubernetes.io/docs/reference/using-api/api-concepts/#field-validation */
const strict = 'fieldManager=mortise&fieldValidation=Strict'

async function update(send: SendToCluster, kind: KubernetesKind, target: Target, before: Live, after: unknown): Promise<void> {
  const { metadata, ...rest } = after as KubernetesObject
  const whole = { ...rest, metadata: { ...metadata, ...(before.version === undefined ? {} : { resourceVersion: before.version }) } }
  objectOf(await send({ method: 'PUT', path: `${pathOf(kind, target.id)}?${strict}`, body: json(whole) }), kind, target, 'update')
}

async function remove(send: SendToCluster, kind: KubernetesKind, target: Target, before: Live): Promise<void> {
  const { uid, resourceVersion } = (before.body as unknown as KubernetesObject).metadata
  const preconditions = { ...(uid === undefined ? {} : { uid }), ...(resourceVersion === undefined ? {} : { resourceVersion }) }
  const body = json({ apiVersion: 'v1', kind: 'DeleteOptions', preconditions, propagationPolicy: 'Background' })
  const answer = await send({ method: 'DELETE', path: pathOf(kind, target.id), body })
  if (answer.status !== 404) objectOf(answer, kind, target, 'delete')
}

const templates = new Set<Kind>(['k8s/DaemonSet', 'k8s/Deployment', 'k8s/StatefulSet'])

/** As kubectl rollout restart does it; pods that no such owner makes anew are deleted, and whoever owns them makes others. */
async function restart(send: SendToCluster, kind: KubernetesKind, target: Target, pods: readonly string[]): Promise<void> {
  if (!templates.has(kind)) {
    for (const pod of pods) {
      const answer = await send({ method: 'DELETE', path: pathOf('k8s/Pod', pod) })
      if (answer.status !== 404) objectOf(answer, 'k8s/Pod', { ...target, kind: 'k8s/Pod', id: pod }, 'delete')
    }
    return
  }
  // The value only has to differ from the last one; the version that was read does, whatever the clock says.
  const live = await read(send, kind, target)
  const stamp = { spec: { template: { metadata: { annotations: { 'mortise/restarted-at-version': live?.version ?? '' } } } } }
  const body = { text: JSON.stringify(stamp), type: 'application/strategic-merge-patch+json' }
  objectOf(await send({ method: 'PATCH', path: `${pathOf(kind, target.id)}?fieldManager=mortise`, body }), kind, target, 'patch')
}

/** A controller that did not see the last generation is not done with it; what has no status is ready at once. */
function isRolledOut(body: unknown): boolean {
  const { metadata, status } = body as { readonly metadata: Metadata; readonly status?: { readonly observedGeneration?: number } }
  return status?.observedGeneration === undefined || metadata.generation === undefined || status.observedGeneration >= metadata.generation
}

const json = (value: unknown) => ({ text: JSON.stringify(value), type: 'application/json' })

function listPathOf(kind: KubernetesKind, id: string): string {
  const { group, version, plural, namespaced } = kubernetesKinds[kind]
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`
  const [namespace = ''] = id.split('/')
  return namespaced ? `${root}/namespaces/${encodeURIComponent(namespace)}/${plural}` : `${root}/${plural}`
}

const pathOf = (kind: KubernetesKind, id: string): string =>
  `${listPathOf(kind, id)}/${encodeURIComponent(kubernetesKinds[kind].namespaced ? (id.split('/')[1] ?? '') : id)}`

/** The object of a good answer. @throws UserError `CHANGE_CONFLICT` when it was changed in between or exists, RemoteError for any other refusal */
function objectOf(
  { status, text }: { readonly status: number; readonly text: string },
  kind: KubernetesKind,
  target: Target,
  verb: string,
): KubernetesObject {
  if (status >= 200 && status < 300) return JSON.parse(text) as KubernetesObject
  if (status === 409) {
    throw new UserError('CHANGE_CONFLICT', `${kind} ${target.id} was changed in between: ${messageOf(text)}`, { help: 'plan again' })
  }
  throw refused(`${verb} ${kubernetesKinds[kind].plural}`, status, text, target.id)
}
