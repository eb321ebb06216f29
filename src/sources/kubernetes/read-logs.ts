import type { UnreadFact } from '#base/errors.ts'
import type { KubernetesConnection } from './connect.ts'

/** One container whose log is asked for. */
export interface LoggedContainer {
  readonly namespace: string
  readonly pod: string
  readonly container: string
  /** The run before the one that is: a container that crashes says why there. */
  readonly previous?: boolean
}

export interface ContainerLog extends LoggedContainer {
  /** The last lines, each with the time before it. */
  readonly text: string
}

export interface ReadLogs {
  readonly logs: readonly ContainerLog[]
  readonly unread: readonly { readonly of: LoggedContainer; readonly fact: UnreadFact }[]
}

const mostLines = 2000
const mostBytes = 1024 * 1024

/** The ends of the logs. A container that has not run has none; what may not be read is unread, each pod once. */
export async function readLogs(
  connection: KubernetesConnection,
  wanted: readonly LoggedContainer[],
  signal: AbortSignal,
): Promise<ReadLogs> {
  const logs: ContainerLog[] = []
  const unread: { of: LoggedContainer; fact: UnreadFact }[] = []
  // One after the other: they are few, and each may be a megabyte.
  for (const of of wanted) {
    const answer = await connection.get(pathOf(of), signal, '*/*')
    if (answer.status === 200) logs.push({ ...of, text: answer.text })
    else if (!hasNone.has(answer.status)) unread.push({ of, fact: factOf(of, answer.status) })
  }
  const byPod = new Map(unread.map(each => [`${each.of.namespace}/${each.of.pod}`, each]))
  return { logs, unread: [...byPod.values()] }
}

/** Not there any more, or waiting to start. https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.34/#read-log-pod-v1-core */
const hasNone: ReadonlySet<number> = new Set([400, 404])

function pathOf({ namespace, pod, container, previous = false }: LoggedContainer): string {
  const query = new URLSearchParams({
    container,
    timestamps: 'true',
    tailLines: `${mostLines}`,
    limitBytes: `${mostBytes}`,
    ...(previous ? { previous: 'true' } : {}),
  })
  return `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}/log?${query.toString()}`
}

const factOf = ({ namespace, pod }: LoggedContainer, status: number): UnreadFact => ({
  kind: 'k8s/Pod log',
  id: `${namespace}/${pod}`,
  reason: status === 403 ? 'reading its log is forbidden' : `the API server answered ${status}`,
  ...(status === 403 ? { settle: { by: 'rbac', verb: 'get', group: '', resource: 'pods/log', namespace } } : {}),
})
