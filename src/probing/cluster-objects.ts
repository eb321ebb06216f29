import { kubernetesWriter, type SendToCluster } from '#changes/kubernetes/kubernetes-writer.ts'
import { refused } from '#changes/kubernetes/refusal.ts'
import { isKubernetesKind, type Kinds } from '#model/kinds.ts'
import type { ProbeObject } from '#model/probe.ts'
import type { Target } from '#model/change.ts'

export type PodBody = Kinds['k8s/Pod']

/** Makes an object as it is given. @throws RemoteError, with the API server's own words */
export async function make(send: SendToCluster, { kind, id, scope, body }: ProbeObject): Promise<void> {
  await kubernetesWriter(send, kind).create({ kind, id, scope }, body as never)
}

/** Removes an object that is there, with everything that is its own. */
export async function remove(send: SendToCluster, target: Target): Promise<void> {
  if (!isKubernetesKind(target.kind)) throw new Error(`${target.kind} is no kind of Kubernetes`)
  const writer = kubernetesWriter(send, target.kind)
  const live = await writer.read(target)
  if (live === undefined) return
  // Its status goes on changing: the uid alone says that it is the one that was read.
  await writer.delete(target, { body: withoutVersion(live.body) as never })
}

function withoutVersion(body: unknown): unknown {
  const { metadata, ...rest } = body as { readonly metadata: Readonly<Record<string, unknown>> }
  const { resourceVersion: _, ...kept } = metadata
  return { ...rest, metadata: kept }
}

/** The pod of a Job, the newest where there are several. */
export async function podOfJob(send: SendToCluster, jobId: string): Promise<PodBody | undefined> {
  const [namespace = '', name = ''] = jobId.split('/')
  const selector = encodeURIComponent(`batch.kubernetes.io/job-name=${name}`)
  const list = await listed(send, `/api/v1/namespaces/${namespace}/pods?labelSelector=${selector}`, 'pods')
  return (list as readonly PodBody[]).at(-1)
}

/** What a finished or running container printed. */
export async function logOf(send: SendToCluster, namespace: string, pod: string): Promise<string> {
  const { status, text } = await send({ method: 'GET', path: `/api/v1/namespaces/${namespace}/pods/${pod}/log?container=probe` })
  if (status === 200) return text
  throw refused('get pods/log', status, text)
}

export interface ObjectEvent {
  readonly type?: string
  readonly reason?: string
  readonly message?: string
  readonly count?: number
}

/** Events about one object, oldest first as the API server has them. */
export async function eventsOf(send: SendToCluster, namespace: string, kind: string, name: string): Promise<readonly ObjectEvent[]> {
  const selector = encodeURIComponent(`involvedObject.kind=${kind},involvedObject.name=${name}`)
  return (await listed(send, `/api/v1/namespaces/${namespace}/events?fieldSelector=${selector}`, 'events')) as readonly ObjectEvent[]
}

async function listed(send: SendToCluster, path: string, what: string): Promise<readonly unknown[]> {
  const { status, text } = await send({ method: 'GET', path })
  if (status !== 200) throw refused(`list ${what}`, status, text)
  return (JSON.parse(text) as { readonly items: readonly unknown[] }).items
}
