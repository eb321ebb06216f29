import { isDeepStrictEqual } from 'node:util'
import { UserError } from '#base/errors.ts'
import type { Kind } from './kinds.ts'
import type { Origin, Path } from './place.ts'
import { pathText, valueAt } from './place.ts'
import type { Scope } from './resource.ts'
import { Resource } from './resource.ts'
import type { World } from './world.ts'

/** Which resource a change is about. */
export interface Target {
  readonly kind: Kind
  readonly id: string
  readonly scope: Scope
}

/** The same for the same resource, and for no other. */
export const targetKey = ({ kind, id, scope }: Target): string => `${kind}\n${id}\n${JSON.stringify(scope)}`

/**
 * One edit to one resource, as data.
 * - `set` and `remove` work at a path; `before` is what was there (undefined: nothing), so the edit can be refused when the world has moved on, and undone.
 *   Items of a list move up and down, as in JSON Patch: removing one closes the gap, and setting one where nothing was puts it in before the next.
 * - `create` makes the resource and `delete` removes it; `body` is the whole of it, so each can be undone by the other.
 * - `restart` replaces a workload's pods; it has nothing to undo.
 */
export type Edit =
  | { readonly do: 'set'; readonly path: Path; readonly before: unknown; readonly after: unknown }
  | { readonly do: 'remove'; readonly path: Path; readonly before: unknown }
  | { readonly do: 'create'; readonly body: unknown }
  | { readonly do: 'delete'; readonly body: unknown }
  | { readonly do: 'restart'; readonly pods: readonly string[] }

export interface Change {
  readonly target: Target
  readonly edit: Edit
  /** What applying it needs: `iam:UpdateAssumeRolePolicy`, `patch serviceaccounts`. */
  readonly permissions: readonly string[]
  /** What could go wrong, a sentence. */
  readonly risk: string
  /** The API has no way back: undo leaves it as it is, and says so. */
  readonly isOneWay?: true
}

/**
 * The edit that makes the value at `path` be `after`. Where parents are missing it sets the first missing one, so that undoing it leaves none behind.
 */
export function setting(resource: Resource, path: Path, after: unknown): Edit {
  for (let depth = 1; depth < path.length; depth += 1) {
    const parent = path.slice(0, depth)
    if (valueAt(resource.body, parent) !== undefined) continue
    return { do: 'set', path: parent, before: undefined, after: nested(path.slice(depth), after) }
  }
  return { do: 'set', path, before: valueAt(resource.body, path), after }
}

/** The edit that removes the value at `path`. */
export const removing = (resource: Resource, path: Path): Edit => ({ do: 'remove', path, before: valueAt(resource.body, path) })

const nested = (path: Path, value: unknown): unknown =>
  path.reduceRight<unknown>((inner, step) => (typeof step === 'number' ? [inner] : { [step]: inner }), value)

export const targetOf = (resource: Resource): Target => ({ kind: resource.kind, id: resource.id, scope: resource.scope })

/** The change that takes this one back. */
export function undo(change: Change): Change {
  const { edit } = change
  switch (edit.do) {
    case 'set':
      return edit.before === undefined
        ? { ...change, edit: { do: 'remove', path: edit.path, before: edit.after } }
        : { ...change, edit: { do: 'set', path: edit.path, before: edit.after, after: edit.before } }
    case 'remove':
      return { ...change, edit: { do: 'set', path: edit.path, before: undefined, after: edit.before } }
    case 'create':
      return { ...change, edit: { do: 'delete', body: edit.body } }
    case 'delete':
      return { ...change, edit: { do: 'create', body: edit.body } }
    case 'restart':
      return change
  }
}

/**
 * The world as it would be after the changes. Applying them twice is the same as once.
 * @throws UserError `CHANGE_CONFLICT` when a value is neither what the change expects nor what it makes.
 */
export function applyChanges(world: World, changes: readonly Change[]): World {
  return changes.reduce(applyChange, world)
}

function applyChange(world: World, change: Change): World {
  const { target, edit } = change
  if (edit.do === 'restart') return world.without(edit.pods.map(id => ({ kind: 'k8s/Pod', id, scope: target.scope })))
  const resource = world.find(target.kind, target.id, target.scope)
  const effect = effectOf(edit, resource?.body)
  switch (effect.is) {
    case 'conflict':
      throw conflict(change, effect.why)
    case 'nothing':
      return world
    case 'gone':
      return world.without([target])
    case 'body':
      return world.replace(
        resource?.with(effect.body as never) ?? new Resource(target.kind, target.id, target.scope, effect.body as never, planned),
      )
  }
}

/** What an edit makes of an object: another body, no object, nothing at all, or a refusal, since the object is not as the edit expects. */
export type Effect =
  | { readonly is: 'nothing' }
  | { readonly is: 'body'; readonly body: unknown }
  | { readonly is: 'gone' }
  | { readonly is: 'conflict'; readonly why: string }

/** How values are compared, where an API gives more back than it was given, or in another order. */
export interface Comparison {
  /** Whether two values mean the same. */
  same(a: unknown, b: unknown): boolean
  /** Whether what is there now is what was wanted, whatever the API added to it. */
  holds(now: unknown, wanted: unknown): boolean
  /** Whether lists are given back in any order. */
  readonly anyOrder: boolean
}

const strict: Comparison = { same: isDeepStrictEqual, holds: isDeepStrictEqual, anyOrder: true }

/** What an edit makes of an object as it is now; of an undefined one, which does not exist. Done twice it makes nothing. */
export function effectOf(edit: Exclude<Edit, { readonly do: 'restart' }>, body: unknown, comparison: Comparison = strict): Effect {
  const { same, holds } = comparison
  if (edit.do === 'create') {
    if (body === undefined) return { is: 'body', body: edit.body }
    return holds(body, edit.body) ? { is: 'nothing' } : { is: 'conflict', why: 'it exists already' }
  }
  if (edit.do === 'delete') {
    if (body === undefined) return { is: 'nothing' }
    return holds(body, edit.body) ? { is: 'gone' } : { is: 'conflict', why: 'it has changed since' }
  }
  if (body === undefined) return { is: 'conflict', why: 'it does not exist' }
  const list = valueAt(body, edit.path.slice(0, -1))
  if (Array.isArray(list)) return effectOnItem(edit, body, list, comparison)
  const now = valueAt(body, edit.path)
  const after = edit.do === 'set' ? edit.after : undefined
  // An edit that takes something away is not done while it is there, though all that it leaves is there too.
  const isUndone = same(now, edit.before) && !same(edit.before, after)
  if (holds(now, after) && !isUndone) return { is: 'nothing' }
  if (!same(now, edit.before)) return changed(edit.path)
  return { is: 'body', body: edited(body, edit.path, after) }
}

const changed = (path: Path): Effect => ({ is: 'conflict', why: `${pathText(path)} has changed since` })

/** An item is put in, replaced or taken out. Others may have moved it since, or the API orders its lists itself: what it is counts, then where it stands. */
function effectOnItem(
  edit: Extract<Edit, { readonly path: Path }>,
  body: unknown,
  list: readonly unknown[],
  { same, holds, anyOrder }: Comparison,
): Effect {
  const { path, before } = edit
  const now = valueAt(body, path)
  if (edit.do === 'remove') {
    const index = same(now, before) ? Number(path.at(-1)) : list.findIndex(item => same(item, before))
    return index === -1 ? { is: 'nothing' } : { is: 'body', body: edited(body, [...path.slice(0, -1), index], undefined) }
  }
  const isThere = (anyOrder ? list : [now]).some(item => holds(item, edit.after)) || list.some(item => same(item, edit.after))
  if (before === undefined) return isThere ? { is: 'nothing' } : { is: 'body', body: edited(body, path, edit.after, true) }
  if (same(now, before) && !same(before, edit.after)) return { is: 'body', body: edited(body, path, edit.after) }
  if (holds(now, edit.after)) return { is: 'nothing' }
  return isThere && !list.some(item => same(item, before)) ? { is: 'nothing' } : changed(path)
}

/** A resource that a change would make stands nowhere yet. */
const planned: Origin = {
  locate: path => ({ in: 'api', call: 'planned', path: pathText(path), excerpt: '' }),
}

const conflict = (change: Change, why: string) =>
  new UserError('CHANGE_CONFLICT', `${change.target.kind} ${change.target.id} cannot be changed: ${why}`, { help: 'plan again' })

/** A copy of `body` in which the value at `path` is `after`. */
function edited(body: unknown, path: Path, after: unknown, isInserted = false): unknown {
  const [step, ...rest] = path
  if (step === undefined) return after
  if (typeof step === 'number') {
    const list = Array.isArray(body) ? [...(body as unknown[])] : []
    if (rest.length === 0 && after === undefined) list.splice(step, 1)
    else if (rest.length === 0 && isInserted) list.splice(step, 0, after)
    else list[step] = edited(list[step], rest, after, isInserted)
    return list
  }
  const map: Record<string, unknown> = { ...(body as Record<string, unknown> | undefined) }
  const value = edited(map[step], rest, after, isInserted)
  if (value === undefined) delete map[step]
  else map[step] = value
  return map
}
