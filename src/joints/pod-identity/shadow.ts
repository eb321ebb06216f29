import { Unread } from '#base/errors.ts'
import type { Workload } from '#joints/workloads.ts'
import type { Evidence } from '#model/resource.ts'
import type { Fix } from '#model/verdict.ts'
import { staticKeysIn } from '../irsa/earlier-identity.ts'
import { environmentOf, identityOf, literalOf, staticKeyVariables, type Defined } from '../irsa/identity.ts'
import { seatPath } from '../irsa/judged-shapes.ts'
import { mending } from '../irsa/replace-pods.ts'
import { removingFrom } from '../irsa/template-edits.ts'
import {
  containerCredentialsVariables,
  roleVariable,
  seatsOf,
  skippedContainers,
  tokenFileVariable,
  tokenVolume,
  type Seat,
} from '../irsa/webhook.ts'
import { agentAddressOf } from './injection.ts'

/** What a container's template sets that goes before the agent, or in its place. */
export interface Shadow {
  readonly seat: Seat
  readonly is: 'static-keys' | 'web-identity' | 'other-address'
  readonly variables: readonly Defined[]
}

/**
 * The first container that uses another identity. Every SDK asks static keys first, then web identity, then the container's address.
 * @throws Unread when it depends on what the template does not tell, and no container surely does.
 */
export function shadowIn(workload: Workload): Shadow | undefined {
  const { template } = workload
  const skipped = skippedContainers(template)
  const judged = seatsOf(template.spec).flatMap(seat => (skipped.has(seat.container.name) ? [] : (judge(workload, seat) ?? [])))
  const sure = judged.find(item => !(item instanceof Unread))
  const doubt = judged.find(item => item instanceof Unread)
  if (sure === undefined && doubt !== undefined) throw doubt
  return sure instanceof Unread ? undefined : sure
}

function judge(workload: Workload, seat: Seat): Shadow | Unread | undefined {
  const identity = identityOf(workload.template.spec, seat.container)
  switch (identity.by) {
    case 'static-keys':
    case 'profile':
      return staticKeysIn(workload, seat, identity)
    case 'web-identity':
      // A bare pod shows what the webhook gave it at the time: that is no template.
      return seat.container.volumeMounts?.some(mount => mount.name === tokenVolume) === true
        ? undefined
        : { seat, is: 'web-identity', variables: [identity.role, identity.file] }
    case 'container-credentials': {
      const environment = environmentOf(seat.container)
      const variables = containerCredentialsVariables.flatMap(name => environment.get(name) ?? [])
      return literalOf(variables[0]) === undefined || agentAddressOf(seat) !== undefined
        ? undefined
        : { seat, is: 'other-address', variables }
    }
    case 'none':
      return undefined
  }
}

export function shadowText({ is, variables }: Shadow): string {
  if (is === 'static-keys') return 'static keys'
  return is === 'web-identity'
    ? `role ${literalOf(variables[0]) ?? 'of another object'} by a web identity token`
    : 'the credentials of another address'
}

/** The name of a variable; the whole list where a quoted line could show a value that was written out. */
export function shadowEvidence({ template }: Workload, { seat, variables, is }: Shadow): Evidence {
  const env = seat.container.env ?? []
  const first = Math.min(...variables.map(variable => variable.index))
  const isQuotable = is !== 'static-keys' || env.slice(Math.max(0, first - 1), first + 1).every(variable => variable.value === undefined)
  const named = variables.map(variable => variable.name).join(' and ')
  const label = is === 'other-address' ? 'set by hand, so the webhook adds none' : `${named} come first in every SDK`
  const path = seatPath(template, seat)
  return isQuotable ? template.resource.at([...path, 'env', first, 'name'], label) : template.resource.at([...path, 'env'], label, 'key')
}

const families = {
  'static-keys': [...staticKeyVariables, 'AWS_SESSION_TOKEN', 'AWS_SECURITY_TOKEN'],
  'web-identity': [roleVariable, tokenFileVariable],
  'other-address': containerCredentialsVariables,
}

/** Keys that were written out would stand in the change, so those are left to a person. */
export function shadowFix(workload: Workload, { seat, is }: Shadow): Fix | undefined {
  const environment = environmentOf(seat.container)
  const names = families[is]
  const isSecret = is === 'static-keys' && names.some(name => environment.has(name) && literalOf(environment.get(name)) !== undefined)
  const edits = isSecret ? [] : removingFrom(workload, seat.container.name, names, () => false)
  const risk = `Pods of ${workload.name} are replaced and act as the role of the association. Calls that only the identity of before may make then fail.`
  const changes = edits.length === 0 ? undefined : mending(workload, edits, [], risk)
  return changes === undefined ? undefined : { title: 'use the association of the service account', safe: false, changes }
}
