import type { Step } from '#changes/plan.ts'
import { applyChanges, targetKey, type Target } from '#model/change.ts'
import type { AwsKind, Kinds } from '#model/kinds.ts'
import type { World } from '#model/world.ts'

/** An object that a plan makes or changes, whole: code declares what shall be, not how to come there. */
export interface EditedObject {
  readonly target: Target
  /** What the steps do to it, in the imperative. */
  readonly titles: readonly string[]
  /** As it is; undefined when it does not exist yet. */
  readonly before: unknown
  /** As it shall be; undefined when it shall not exist. */
  readonly after: unknown
  readonly steps: readonly Step[]
}

/**
 * The objects that a plan edits, in the order in which it first touches each. Restarts are no part of what code declares.
 * @param world the one that the plan was made from
 */
export function editedObjects(steps: readonly Step[], world: World): readonly EditedObject[] {
  const after = applyChanges(
    world,
    steps.map(({ change }) => change),
  )
  const byTarget = new Map<string, Step[]>()
  for (const step of steps) {
    if (step.change.edit.do === 'restart') continue
    const key = targetKey(step.change.target)
    byTarget.set(key, [...(byTarget.get(key) ?? []), step])
  }
  return [...byTarget.values()].flatMap(own => {
    const [first] = own
    if (first === undefined) return []
    const { target } = first.change
    return [
      {
        target,
        titles: own.map(({ title }) => title),
        before: world.find(target.kind, target.id, target.scope)?.body,
        after: after.find(target.kind, target.id, target.scope)?.body,
        steps: own,
      },
    ]
  })
}

/** An object of AWS as it is and as it shall be. */
export type Bodies<K extends AwsKind> = { readonly before: Kinds[K] | undefined; readonly after: Kinds[K] }

/**
 * How objects of each kind are declared in a language. Undefined: what differs cannot be declared apart from the rest of the object, so it is changed
 * where that is declared.
 */
export type Declarations<Resource> = {
  readonly [K in AwsKind]?: (bodies: Bodies<K>, edited: EditedObject) => readonly Resource[] | undefined
}

/** The declarations of an object; undefined when the language has none for it, or it shall not exist. */
export function declarationsOf<Resource>(table: Declarations<Resource>, object: EditedObject): readonly Resource[] | undefined {
  const declare = table[object.target.kind as AwsKind] as
    | ((bodies: unknown, edited: EditedObject) => readonly Resource[] | undefined)
    | undefined
  return object.after === undefined ? undefined : declare?.({ before: object.before, after: object.after }, object)
}

/** A name for the object in code: `prod_payments_reader`, from the part of its id that names it. */
export function codeName({ id }: Target): string {
  const named = id.slice(id.lastIndexOf(':') + 1)
  const own = id.includes(':') && named.includes('/') ? named.slice(named.indexOf('/') + 1) : named
  const words = own.replaceAll(/[^A-Za-z0-9]+/g, '_').replaceAll(/^_+|_+$/g, '')
  return /^[A-Za-z]/.test(words) ? words : `_${words}`
}
