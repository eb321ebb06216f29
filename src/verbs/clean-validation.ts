import { UserError } from '#base/errors.ts'
import { probeLabel } from '#joints/probe-job.ts'
import { remove } from '#probing/cluster-objects.ts'
import { findRemains, type Remains } from '#probing/find-remains.ts'
import type { WorldInput } from './read-world.ts'

/** An object that a run left behind, and how old it is, seconds. */
export interface AgedRemains extends Remains {
  readonly age: number
}

export interface CleanInput {
  readonly kubernetes: NonNullable<WorldInput['kubernetes']>
  /** All of them when empty. */
  readonly namespaces: readonly string[]
  /** Shows what was found and asks. */
  readonly approve: (found: readonly AgedRemains[]) => Promise<boolean>
  readonly signal: AbortSignal
}

/**
 * Removes what runs of `validate` left behind, by its label. A run that is still going loses its objects too: their age tells.
 * @throws UserError `NOT_APPROVED`, RemoteError
 */
export async function cleanValidation({ kubernetes, namespaces, approve, signal }: CleanInput): Promise<readonly AgedRemains[]> {
  const { connectKubernetes } = await import('#sources/kubernetes/connect.ts')
  const connection = await connectKubernetes(kubernetes)
  const send = (request: Parameters<typeof connection.send>[0]) => connection.send(request, signal)
  const now = Date.now()
  const found = (await findRemains(send, probeLabel, namespaces)).map(remains => ({
    ...remains,
    age: Math.round((now - Date.parse(remains.madeAt)) / 1000),
  }))
  if (found.length === 0) return []
  if (!(await approve(found))) throw new UserError('NOT_APPROVED', 'nothing was removed', { help: 'mortise validate --clean --yes' })
  for (const { kind, id } of found) await remove(send, { kind, id, scope: { cluster: connection.clusterName } })
  return found
}
