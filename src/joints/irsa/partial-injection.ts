import type { Workload } from '#joints/workloads.ts'
import { removing, type Edit } from '#model/change.ts'
import type { Evidence } from '#model/resource.ts'
import type { Fix } from '#model/verdict.ts'
import { environmentOf, literalOf } from './identity.ts'
import type { InjectionFault } from './injection-fault.ts'
import { atSeat, namedWith, type Found } from './judged-shapes.ts'
import { mending, replacing } from './replace-pods.ts'
import { withoutIdentity } from './template-edits.ts'
import { roleVariable, seatsOf, tokenFileVariable, tokenVolume, type Seat, type VolumeMount } from './webhook.ts'

type Partial = Found<InjectionFault>

/** The words and the repair of an injection that is not whole. */
export function faultMessage(workload: Workload, found: Partial): string {
  return `container ${found.fault.seat.container.name} of ${namedWith(workload, found)} ${whatIsWrong(found.fault)}`
}

function whatIsWrong(fault: InjectionFault): string {
  switch (fault.is) {
    case 'not-injected':
      return 'has neither role nor token, while others of its pod do'
    case 'one-variable':
      return `has ${fault.has} without ${fault.lacks}`
    case 'not-mounted':
      return `has ${tokenFileVariable}, but no volume is mounted there`
    case 'no-token':
      return `has no token in volume ${fault.volume} where ${tokenFileVariable} points`
    case 'audience':
      return `has a token for ${fault.audience ?? 'the API server'}, another audience than its service account asks for`
    case 'mounted-twice':
      return `mounts two volumes at ${fault.mountPath}`
  }
}

/** The value that decides, in the pod or in the template. */
export function faultEvidence({ fault, view: { shape } }: Partial): readonly [Evidence, ...Evidence[]] {
  const { seat } = fault
  switch (fault.is) {
    case 'not-injected':
      return [atSeat(shape, seat, ['name'], 'nothing was injected into this container')]
    case 'one-variable':
      return [atSeat(shape, seat, ['env', fault.index, 'name'], 'it is set already, so the webhook sets neither of the two')]
    case 'not-mounted':
    case 'no-token':
      return [fileEvidence(fault, shape)]
    case 'audience': {
      const volume = (shape.spec.volumes ?? []).findIndex(candidate => candidate.name === fault.volume)
      return [shape.resource.at([...shape.root, 'spec', 'volumes', volume, 'name'], 'the webhook keeps a volume of this name as it is')]
    }
    case 'mounted-twice':
      return [atSeat(shape, seat, fault.path, 'the webhook mounts its token here too')]
  }
}

/** The variable where it is written; one that the webhook adds is not in a template. */
function fileEvidence({ seat }: InjectionFault, shape: Partial['view']['shape']): Evidence {
  const written = environmentOf(seat.container).get(tokenFileVariable)
  const isWritten = written !== undefined && written.index < lengthIn(shape, seat)
  return isWritten && literalOf(written) !== ''
    ? atSeat(shape, seat, ['env', written.index, 'value'], 'no token is mounted here')
    : atSeat(shape, seat, ['name'], 'the token of this container is mounted elsewhere')
}

function lengthIn(shape: Partial['view']['shape'], seat: InjectionFault['seat']): number {
  return shape.spec[seat.group]?.[seat.index]?.env?.length ?? 0
}

export function faultEffect(fault: InjectionFault): string {
  if (fault.is === 'mounted-twice')
    return 'The API server refuses new pods ("must be unique"), because the webhook adds a second mount at the same path.'
  if (fault.is === 'audience')
    return 'STS answers "Incorrect token audience" unless the provider lists that audience too, so the container gets no AWS credentials.'
  return 'The SDKs need the role, the path and the token together. Without one of them the container gets no AWS credentials, or those of its node.'
}

/** @param asks whether the service account asks for a role, so that the webhook adds what is taken away */
export function faultHelp(fault: InjectionFault, asks: boolean): string {
  if (!asks)
    return 'Name the role on the service account and remove the variables, so that the webhook adds them and the token. Or mount a token where the variable points.'
  return fault.is === 'audience'
    ? 'Remove the volume from the manifest, or annotate the service account with its audience, and create the pods anew.'
    : `Remove ${roleVariable}, ${tokenFileVariable} and mounts of the token from the manifest, so that the webhook adds all of them, and create the pods anew.`
}

/** Takes away what was written by hand, so that the webhook adds all of it; where the template is right, new pods are enough. */
export function faultFix(workload: Workload, { fault, view, pods }: Partial): Fix | undefined {
  if (view.shape.resource !== workload.template.resource) {
    const replacement = replacing(workload, pods)
    return replacement === undefined
      ? undefined
      : { title: 'replace the pods, which sends them through the webhook again', safe: false, changes: [replacement] }
  }
  const edits = handWritten(workload, fault)
  const risk = `Pods of ${workload.name} are replaced and use the role that their service account asks for.`
  const changes = edits.length === 0 ? undefined : mending(workload, edits, pods, risk)
  return changes === undefined ? undefined : { title: 'let the webhook add the variables, the volume and the mount', safe: false, changes }
}

/** What the template sets of an identity, so that the webhook can set it. */
function handWritten(workload: Workload, fault: InjectionFault): readonly Edit[] {
  const volume = 'volume' in fault ? fault.volume : tokenVolume
  const isTokenMount = (mount: VolumeMount) => (fault.is === 'mounted-twice' ? mount.mountPath === fault.mountPath : mount.name === volume)
  return [
    ...withoutIdentity(workload, fault.seat.container.name, isTokenMount),
    ...('volume' in fault ? volumeEdits(workload, fault.volume, fault.seat) : []),
  ]
}

/** A volume that stands in the way of the webhook's own, unless another container needs it. */
function volumeEdits({ template }: Workload, name: string, seat: Seat): readonly Edit[] {
  const others = seatsOf(template.spec).filter(other => other.container.name !== seat.container.name)
  const isShared = others.some(other => other.container.volumeMounts?.some(mount => mount.name === name) === true)
  const index = (template.spec.volumes ?? []).findIndex(volume => volume.name === name)
  if (index < 0 || (isShared && name !== tokenVolume)) return []
  return [removing(template.resource, [...template.root, 'spec', 'volumes', index])]
}
