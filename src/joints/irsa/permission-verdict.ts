import type { UnreadFact } from '#base/errors.ts'
import type { Evidence, Resource } from '#model/resource.ts'
import { fail, pass, skip, unknown, type Fail, type Verdict } from '#model/verdict.ts'
import type { JudgedNeed } from './need.ts'
import { permissionState, type PermissionReader, type Permissions } from './permission-state.ts'
import { annotation, annotationPath } from './service-account.ts'
import { decidingEvidence, whyUnknown } from './pod-role.ts'

type ServiceAccount = Resource<'k8s/ServiceAccount'>
export type Denials = readonly [JudgedNeed, ...JudgedNeed[]]

/** What one check adds to the verdict that the checks of the link share. */
export interface PermissionQuestion {
  /** The needs that the check speaks about, further ones that follow from them among them, and why some of those are not known. */
  readonly about: (permissions: Permissions) => { readonly needs: readonly JudgedNeed[]; readonly unread?: readonly UnreadFact[] }
  /** Whether it is this check's to tell. */
  readonly fires: (denied: JudgedNeed) => boolean
  /** Why there is nothing to ask when no need is about it. */
  readonly none: string
  /** Why it does not fire for what another check tells. */
  readonly otherwise: string
  readonly say: (
    permissions: Permissions,
    denied: Denials,
  ) => Omit<Fail, 'evidence'> & { readonly evidence: readonly [Evidence, ...Evidence[]] }
}

/** What is surely denied speaks first; then what nobody could tell; a pass only when the engine allows all of it. */
export function permissionVerdict(world: PermissionReader, serviceAccount: ServiceAccount, ask: PermissionQuestion): Verdict {
  const state = permissionState(world, serviceAccount)
  if (state.is === 'skip') return skip(state.why)
  if (state.is === 'unknown') return unknown(state.fact)
  const { needs, unread = [] } = ask.about(state)
  const [first, ...rest] = needs.filter(judged => judged.is === 'denied' && ask.fires(judged))
  if (first !== undefined) {
    const said = ask.say(state, [first, ...rest])
    const asks = serviceAccount.at(annotationPath(annotation.roleArn), 'this service account asks for the role')
    return fail({ ...said, evidence: [...said.evidence, asks] })
  }
  const [fact] = unread
  if (fact !== undefined) return unknown(fact)
  const open = needs.find(({ is }) => is === 'unknown')
  if (open !== undefined) throw whyUnknown(open.answer, state.role)
  if (needs.length === 0) return skip(ask.none)
  const allowed = needs.find(({ is }) => is === 'allowed')
  if (allowed === undefined || needs.some(({ is }) => is === 'denied')) return skip(ask.otherwise)
  const { action } = allowed.need
  return pass(decidingEvidence(allowed.answer, `this allows ${action}`) ?? state.role.at([], `the policies allow ${action}`))
}

/** `autoscaling:SetDesiredCapacity and 2 other actions`. */
export function actionsText(denied: readonly JudgedNeed[]): string {
  const actions = [...new Set(denied.map(({ need }) => need.action))]
  const [first = '', second] = actions
  if (actions.length === 1) return first
  return actions.length === 2 ? `${first} and ${second ?? ''}` : `${first} and ${actions.length - 1} other actions`
}

/** `service account payments/reader`. */
export const accountText = ({ id }: ServiceAccount): string => `service account ${id}`
