import type { Workload } from '#joints/workloads.ts'
import type { Path } from '#model/place.ts'
import type { Evidence, Resource } from '#model/resource.ts'
import { environmentOf, literalOf } from './identity.ts'
import { accountOf, isWrittenVolume, podView, templateSeat } from './judged-shapes.ts'
import { annotation, annotationPath, audienceOf, roleArnOf } from './service-account.ts'
import { roleVariable, seatsOf, tokenVolume, type Seat } from './webhook.ts'

type Pod = Resource<'k8s/Pod'>
type ServiceAccount = Resource<'k8s/ServiceAccount'>

/** What a pod still carries of an earlier time. */
export interface Stale {
  readonly is: 'role' | 'role-removed' | 'audience' | 'service-account'
  readonly pod: Pod
  /** Where it stands in the pod. */
  readonly path: Path
  readonly value: string
}

/** What was injected into the pod and is no longer what the service account says. What the template itself sets is never stale. */
export function staleInjection(workload: Workload, serviceAccount: ServiceAccount, pod: Pod): Stale | undefined {
  const account = accountOf(pod)
  if (account !== workload.serviceAccountName)
    return carriesRole(workload, pod) ? { is: 'service-account', pod, path: ['spec', 'serviceAccountName'], value: account } : undefined
  return staleRole(workload, serviceAccount, pod) ?? staleAudience(workload, serviceAccount, pod)
}

const carriesRole = (workload: Workload, pod: Pod): boolean =>
  injectedRoles(workload, pod).length > 0 && pod.body.spec?.serviceAccountName !== undefined

function staleRole(workload: Workload, serviceAccount: ServiceAccount, pod: Pod): Stale | undefined {
  const asked = roleArnOf(serviceAccount)
  const stale = injectedRoles(workload, pod).find(({ role }) => role !== asked)
  if (stale === undefined) return undefined
  return { is: asked === undefined ? 'role-removed' : 'role', pod, path: stale.path, value: stale.role }
}

interface InjectedRole {
  readonly path: Path
  readonly role: string
}

function injectedRoles(workload: Workload, pod: Pod): readonly InjectedRole[] {
  return seatsOf(podView(pod).spec).flatMap(seat => {
    const variable = environmentOf(seat.container).get(roleVariable)
    const role = literalOf(variable)
    if (variable === undefined || role === undefined || !isInjected(workload, seat)) return []
    return [{ path: ['spec', seat.group, seat.index, 'env', variable.index, 'value'], role }]
  })
}

/** A variable that the template does not set came from the webhook. A bare pod is its own template, so there the mount of the token tells. */
function isInjected(workload: Workload, seat: Seat): boolean {
  if (workload.resource.kind === 'k8s/Pod') return seat.container.volumeMounts?.some(mount => mount.name === tokenVolume) === true
  const own = templateSeat(workload, seat.container.name)
  return own === undefined || !environmentOf(own.container).has(roleVariable)
}

function staleAudience(workload: Workload, serviceAccount: ServiceAccount, pod: Pod): Stale | undefined {
  if (roleArnOf(serviceAccount) === undefined || isWrittenVolume(workload, tokenVolume)) return undefined
  const volumes = pod.body.spec?.volumes ?? []
  const volume = volumes.findIndex(candidate => candidate.name === tokenVolume)
  const sources = volumes[volume]?.projected?.sources ?? []
  const source = sources.findIndex(candidate => candidate.serviceAccountToken !== undefined)
  const audience = sources[source]?.serviceAccountToken?.audience
  if (audience === undefined || audience === audienceOf(serviceAccount)) return undefined
  return {
    is: 'audience',
    pod,
    path: ['spec', 'volumes', volume, 'projected', 'sources', source, 'serviceAccountToken', 'audience'],
    value: audience,
  }
}

/** What the pods do, to stand behind the workload's name. */
export function staleLabel({ is, value }: Stale): string {
  if (is === 'role') return `still uses role ${value}, which its service account no longer asks for`
  if (is === 'role-removed') return `still uses role ${value}, though its service account asks for none`
  if (is === 'audience') return `still has a token for audience ${value}`
  return `still runs as service account ${value}, which its template no longer names`
}

/** What is said now, where it stands. */
export function staleAgainst(workload: Workload, serviceAccount: ServiceAccount, { is }: Stale): Evidence {
  const annotations = serviceAccount.body.metadata.annotations ?? {}
  if (is === 'service-account') return serviceAccount.at(['metadata', 'name'], `the template of ${workload.name} names this one`)
  if (is === 'role') return serviceAccount.at(annotationPath(annotation.roleArn), 'this is asked for now')
  if (is === 'audience' && annotations[annotation.audience] !== undefined)
    return serviceAccount.at(annotationPath(annotation.audience), 'this is asked for now')
  return serviceAccount.at(
    ['metadata', 'name'],
    is === 'audience' ? 'no annotation asks for another audience than the default' : 'no annotation names a role any more',
  )
}
