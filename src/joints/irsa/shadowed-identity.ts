import { Unread } from '#base/errors.ts'
import type { PodShape, Workload } from '#joints/workloads.ts'
import type { Edit } from '#model/change.ts'
import type { Evidence } from '#model/resource.ts'
import type { Fix } from '#model/verdict.ts'
import { staticKeysIn, untold } from './earlier-identity.ts'
import { environmentOf, identityOf, literalOf, staticKeyVariables, type Defined } from './identity.ts'
import { namedWith, seatPath, templateSeat, type Found, type View } from './judged-shapes.ts'
import { mending, replacing } from './replace-pods.ts'
import { removingFrom, withoutIdentity } from './template-edits.ts'
import { eksWebhook, roleVariable, seatsOf, skippedContainers, tokenVolume, type Seat } from './webhook.ts'

/** What a container uses before, or instead of, the role that its service account asks for. */
export type Shadow = { readonly seat: Seat } & (
  | { readonly is: 'static-keys'; readonly variables: readonly Defined[] }
  | { readonly is: 'other-role'; readonly variable: Defined; readonly role: string }
)

/**
 * The first container that uses another identity.
 * @throws Unread when it depends on what the pod spec does not tell, and no container surely does.
 */
export function shadowIn(workload: Workload, { shape, spec }: View, asked: string): Shadow | undefined {
  const skipped = skippedContainers(shape)
  const own = seatsOf(spec).filter(({ container }) => !skipped.has(container.name) && templateSeat(workload, container.name) !== undefined)
  const judged = own.map(seat => judge(workload, spec, seat, asked))
  const sure = judged.find(item => item !== undefined && !(item instanceof Unread))
  if (sure !== undefined && !(sure instanceof Unread)) return sure
  const doubt = judged.find(item => item instanceof Unread)
  if (doubt !== undefined) throw doubt
  return undefined
}

function judge(workload: Workload, spec: View['spec'], seat: Seat, asked: string): Shadow | Unread | undefined {
  const identity = identityOf(spec, seat.container)
  switch (identity.by) {
    case 'static-keys':
    case 'profile':
      return staticKeysIn(workload, seat, identity)
    case 'web-identity': {
      const { role } = identity
      if (!isWritten(workload, seat, roleVariable)) return undefined
      const literal = literalOf(role)
      if (literal === undefined)
        return untold(
          workload,
          seat,
          `which role ${roleVariable} names, since its value comes from another object`,
          'run aws sts get-caller-identity in the container',
        )
      return literal === asked ? undefined : { is: 'other-role', seat, variable: role, role: literal }
    }
    case 'container-credentials':
    case 'none':
      return undefined
  }
}

/** What the template does not set came from the webhook, and may be stale: another finding. */
const isWritten = (workload: Workload, seat: Seat, name: string): boolean => {
  const own = templateSeat(workload, seat.container.name)
  if (workload.resource.kind === 'k8s/Pod' && seat.container.volumeMounts?.some(mount => mount.name === tokenVolume) === true) return false
  return own !== undefined && environmentOf(own.container).has(name)
}

export function shadowMessage(workload: Workload, found: Found<Shadow>, serviceAccount: string): string {
  const { fault } = found
  const uses = fault.is === 'static-keys' ? 'static keys' : `role ${fault.role}`
  return `container ${fault.seat.container.name} of ${namedWith(workload, found)} uses ${uses}, not the role that service account ${serviceAccount} asks for`
}

/** The name of the first variable; the whole list where a quoted line could show a value that was written out. */
export function shadowEvidence({ fault, view: { shape } }: Found<Shadow>): Evidence {
  if (fault.is === 'other-role')
    return shape.resource.at(
      [...seatPath(shape, fault.seat), 'env', fault.variable.index, 'value'],
      'written by hand, so the webhook sets none',
    )
  const [first = 0] = fault.variables.map(variable => variable.index).sort((a, b) => a - b)
  const env = envOf(shape, fault.seat)
  const isQuotable = env.slice(Math.max(0, first - 1), first + 1).every(variable => variable.value === undefined)
  const label = `${fault.variables.map(variable => variable.name).join(' and ')} come first in every SDK`
  return isQuotable
    ? shape.resource.at([...seatPath(shape, fault.seat), 'env', first, 'name'], label)
    : shape.resource.at([...seatPath(shape, fault.seat), 'env'], label, 'key')
}

const envOf = (shape: PodShape, seat: Seat) => shape.spec[seat.group]?.[seat.index]?.env ?? []

/** Values that were written out would stand in the change, so those are left to a person. */
export function shadowFix(workload: Workload, { fault, view, pods }: Found<Shadow>): Fix | undefined {
  if (view.shape.resource !== workload.template.resource) {
    const replacement = replacing(workload, pods)
    return replacement === undefined
      ? undefined
      : { title: 'replace the pods, whose template no longer sets it', safe: false, changes: [replacement] }
  }
  const edits =
    fault.is === 'static-keys'
      ? withoutKeys(workload, fault.seat)
      : withoutIdentity(
          workload,
          fault.seat.container.name,
          mount => mount.mountPath === eksWebhook.mountPath || mount.name === tokenVolume,
        )
  const risk = `Pods of ${workload.name} are replaced and act as the role. Calls that only the identity of before may make then fail.`
  const changes = edits.length === 0 ? undefined : mending(workload, edits, pods, risk)
  return changes === undefined ? undefined : { title: 'use the role that the service account asks for', safe: false, changes }
}

const keyVariables = [...staticKeyVariables, 'AWS_SESSION_TOKEN', 'AWS_SECURITY_TOKEN']

function withoutKeys(workload: Workload, seat: Seat): readonly Edit[] {
  const environment = templateSeat(workload, seat.container.name)?.container
  const written = environment === undefined ? [] : keyVariables.flatMap(name => environmentOf(environment).get(name) ?? [])
  return written.some(variable => literalOf(variable) !== undefined)
    ? []
    : removingFrom(workload, seat.container.name, keyVariables, () => false)
}

export const shadowHelp = ({ fault }: Found<Shadow>): string =>
  fault.is === 'static-keys'
    ? `Remove ${fault.variables.map(variable => variable.name).join(' and ')} from the container, deactivate the key in IAM, and replace the pods.`
    : 'Remove the variables from the container, or annotate the service account with the role that they name, and create the pods anew.'
