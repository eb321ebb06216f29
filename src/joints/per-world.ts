import type { Kind } from '#model/kinds.ts'
import type { Reader } from '#model/world.ts'

/** Builds something from a world once and remembers it with that world, so that every check asks the same thing once. */
export function perWorld<World extends object, Built>(build: (world: World) => Built): (world: World) => Built {
  const built = new WeakMap<World, { readonly value: Built }>()
  return world => {
    const known = built.get(world)
    if (known !== undefined) return known.value
    const value = build(world)
    built.set(world, { value })
    return value
  }
}

/**
 * The same for what is built of a few kinds alone: worlds that do not differ in any of them share it, as those of a plan's steps do.
 * @param kinds all that `build` looks at, now or later
 */
export function perKinds<const K extends Kind, Built>(
  kinds: readonly K[],
  build: (world: Reader<K>) => Built,
): (world: Reader<K>) => Built {
  const [first, ...others] = kinds
  if (first === undefined) throw new Error('what looks at no kind depends on no world')
  const built = new WeakMap<object, { readonly others: readonly object[]; readonly readAt: string | undefined; readonly value: Built }[]>()
  return world => {
    const stocks = others.map(kind => world.stock(kind))
    const known = built.get(world.stock(first)) ?? []
    const same = known.find(({ others: had, readAt }) => readAt === world.readAt && had.every((stock, index) => stock === stocks[index]))
    if (same !== undefined) return same.value
    const value = build(world)
    built.set(world.stock(first), [...known, { others: stocks, readAt: world.readAt, value }])
    return value
  }
}
