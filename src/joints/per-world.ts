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
