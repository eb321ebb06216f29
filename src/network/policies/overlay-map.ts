interface Layers<K, V> {
  readonly base: ReadonlyMap<K, V>
  readonly changes: ReadonlyMap<K, V | undefined>
}

const layersOf = new WeakMap<object, Layers<unknown, unknown>>()
const mostChanges = 512

/** A map with some entries changed or, where undefined, gone. It costs what was changed, not what it holds; it is copied now and then. */
export function overlay<K, V extends object | number>(map: ReadonlyMap<K, V>, changed: ReadonlyMap<K, V | undefined>): ReadonlyMap<K, V> {
  const known = layersOf.get(map) as Layers<K, V> | undefined
  const base = known?.base ?? map
  const changes = new Map([...(known?.changes ?? []), ...changed])
  const made = changes.size > mostChanges ? copied(base, changes) : layered(base, changes)
  if (changes.size <= mostChanges) layersOf.set(made, { base, changes })
  return made
}

function copied<K, V>(base: ReadonlyMap<K, V>, changes: ReadonlyMap<K, V | undefined>): ReadonlyMap<K, V> {
  const copy = new Map(base)
  for (const [key, value] of changes) {
    if (value === undefined) copy.delete(key)
    else copy.set(key, value)
  }
  return copy
}

function layered<K, V>(base: ReadonlyMap<K, V>, changes: ReadonlyMap<K, V | undefined>): ReadonlyMap<K, V> {
  let size = base.size
  for (const [key, value] of changes) size += Number(value !== undefined) - Number(base.has(key))
  const get = (key: K): V | undefined => (changes.has(key) ? changes.get(key) : base.get(key))
  const entries = function* (): MapIterator<[K, V]> {
    for (const [key, value] of base) if (!changes.has(key)) yield [key, value]
    for (const [key, value] of changes) if (value !== undefined) yield [key, value]
  }
  const keys = function* (): MapIterator<K> {
    for (const [key] of entries()) yield key
  }
  const values = function* (): MapIterator<V> {
    for (const [, value] of entries()) yield value
  }
  const map: ReadonlyMap<K, V> = {
    size,
    get,
    has: key => get(key) !== undefined,
    entries,
    keys,
    values,
    [Symbol.iterator]: entries,
    forEach: visit => {
      for (const [key, value] of entries()) visit(value, key, map)
    },
  }
  return map
}
