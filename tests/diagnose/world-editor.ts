import type { Kind } from '#model/kinds.ts'
import type { Origin } from '#model/place.ts'
import { pathText, valueAt } from '#model/place.ts'
import { Resource, type Scope } from '#model/resource.ts'
import type { World } from '#model/world.ts'

/** A body as JSON: faults write into it what an administrator would. */
// oxlint-disable-next-line typescript/no-explicit-any -- faults break shapes on purpose
export type Body = any

/** Changes a world object by object, as somebody does who breaks it. Each name must mean one object that is there. */
export class WorldEditor {
  world: World
  constructor(world: World) {
    this.world = world
  }

  /** @param id the whole id, or its end: `shop/web`, `role/shop-web` */
  find(kind: Kind, id: string): Resource {
    const found = (this.world.seen(kind) as readonly Resource[]).filter(
      each => each.id === id || each.id.endsWith(`/${id}`) || each.id.endsWith(`:${id}`),
    )
    const [only] = found
    if (only === undefined || found.length > 1) throw new Error(`${kind} ${id} is there ${found.length} times`)
    return only
  }

  edit(kind: Kind, id: string, change: (body: Body) => void): this {
    const resource = this.find(kind, id)
    const body: Body = structuredClone(resource.body)
    change(body)
    if (JSON.stringify(body) === JSON.stringify(resource.body)) throw new Error(`${kind} ${id} was not changed`)
    this.world = this.world.replace(resource.with(body as Resource['body']))
    return this
  }

  /** Every object of the kind that fits: pods of one workload. */
  editAll(kind: Kind, isMeant: (body: Body) => boolean, change: (body: Body) => void): this {
    const meant = (this.world.seen(kind) as readonly Resource[]).filter(({ body }) => isMeant(body))
    if (meant.length === 0) throw new Error(`no ${kind} is meant`)
    for (const { id } of meant) this.edit(kind, id, change)
    return this
  }

  remove(kind: Kind, id: string): this {
    this.world = this.world.without([this.find(kind, id)])
    return this
  }

  removeAll(kind: Kind, isMeant: (body: Body) => boolean): this {
    const meant = (this.world.seen(kind) as readonly Resource[]).filter(({ body }) => isMeant(body))
    if (meant.length === 0) throw new Error(`no ${kind} is meant`)
    this.world = this.world.without(meant)
    return this
  }

  add(kind: Kind, id: string, scope: Scope, body: Body): this {
    this.world = this.world.replace(new Resource(kind, id, scope, body as Resource['body'], written(kind, id, body)))
    return this
  }
}

const written = (kind: Kind, id: string, body: unknown): Origin => ({
  locate: path => ({
    in: 'api',
    call: `GET ${kind} ${id}`,
    path: pathText(path),
    excerpt: JSON.stringify(valueAt(body, path) ?? '').slice(0, 100),
  }),
})
