/** What a value that was built with aliases would be if every alias were written out. */
export type Expansion = { readonly is: 'cyclic' } | { readonly is: 'tree'; readonly nodes: number }

/**
 * Counts the nodes of a value as a tree. Linear in what is really there: a shared part is counted once and added many times.
 * A few lines of aliases can stand for billions of nodes, and whoever walks them never ends.
 */
export function expansionOf(root: unknown): Expansion {
  const sizes = new Map<object, number>()
  const open = new Set<object>()

  function sizeOf(value: unknown): number {
    if (typeof value !== 'object' || value === null) return 1
    const known = sizes.get(value)
    if (known !== undefined) return known
    if (open.has(value)) return Number.NaN
    open.add(value)
    let size = 1
    for (const inner of Object.values(value)) size += sizeOf(inner)
    open.delete(value)
    sizes.set(value, size)
    return size
  }

  const nodes = sizeOf(root)
  return Number.isNaN(nodes) ? { is: 'cyclic' } : { is: 'tree', nodes }
}
