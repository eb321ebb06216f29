import type { UnreadFact } from '#base/errors.ts'
import type { LoggedContainer, LogText } from '#joints/logged-containers.ts'
import type { WorldInput } from './read-world.ts'

export interface WorkloadLogs {
  readonly logs: readonly LogText[]
  readonly unread: readonly UnreadFact[]
}

/** The logs of containers of the live cluster; none where no live cluster is read. */
export async function liveLogs(
  input: Pick<WorldInput, 'kubernetes' | 'signal'>,
  wanted: readonly LoggedContainer[],
): Promise<WorkloadLogs> {
  if (input.kubernetes === undefined || wanted.length === 0) return { logs: [], unread: [] }
  const [{ connectKubernetes }, { readLogs }] = await Promise.all([
    import('#sources/kubernetes/connect.ts'),
    import('#sources/kubernetes/read-logs.ts'),
  ])
  const connection = await connectKubernetes(input.kubernetes)
  const { logs, unread } = await readLogs(connection, wanted, input.signal ?? new AbortController().signal)
  return { logs, unread: unread.map(({ fact }) => fact) }
}
