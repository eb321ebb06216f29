import type { Evidence, Resource } from '#model/resource.ts'
import { instantOf } from '../pod-identity/association.ts'
import type { Parameter, Secret } from './stored.ts'

/** What says that the value will change by itself; undefined when nothing does. */
export const willChange = (stored: Secret | Parameter): Evidence | undefined =>
  stored.kind === 'aws/secretsmanager/Secret' && stored.body.RotationEnabled === true
    ? stored.at(['RotationEnabled'], 'the secret is rotated')
    : undefined

export interface LaterChange {
  readonly pod: Resource<'k8s/Pod'>
  /** ISO 8601. */
  readonly when: string
  readonly changed: Evidence
  readonly started: Evidence
}

/**
 * A change of the value that is surely later than the start of a pod. LastChangedDate is no proof of one, for a tag changes it too; LastRotatedDate is, and so is
 * LastModifiedDate of a parameter, of which every change is a new version.
 */
export function changedAfter(stored: Secret | Parameter, pod: Resource<'k8s/Pod'>): LaterChange | undefined {
  const isParameter = stored.kind === 'aws/ssm/Parameter'
  const field = isParameter ? 'LastModifiedDate' : 'LastRotatedDate'
  const changed = instantOf((stored.body as Readonly<Record<string, unknown>>)[field])
  const started = pod.body.status?.startTime
  if (changed === undefined || started === undefined || Date.parse(String(started)) >= changed) return undefined
  return {
    pod,
    when: new Date(changed).toISOString().slice(0, 10),
    changed: stored.at([field], isParameter ? 'the value changed then' : 'the secret was rotated then'),
    started: pod.at(['status', 'startTime'], 'the pod started before'),
  }
}
