import { describe, inject } from 'vitest'
import type { NodeCoordinates } from './coordinates.ts'
import './global-setup.ts'
import { connectLab, type Lab } from './lab.ts'

/**
 * A suite over the lab that `global-setup.ts` started, or a skipped one where there is none. All suites of a run share
 * that lab: name namespaces, roles and providers so that no other suite meets them.
 */
export function describeLab(name: string, suite: (lab: Lab) => void): void {
  const coordinates = inject('lab')
  if (coordinates) describe(name, () => suite(connectLab(coordinates)))
  else describe.skip(name, () => undefined)
}

/** The same over the lab whose pods run, which files named `*.node.test.ts` share. */
export function describeNode(name: string, suite: (lab: Lab & { readonly node: NodeCoordinates }) => void): void {
  describeLab(name, lab => {
    const { node } = lab
    if (!node) throw new Error('only files named *.node.test.ts have a node')
    suite({ ...lab, node })
  })
}
