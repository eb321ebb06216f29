import { describe, inject } from 'vitest'
import type { NodeCoordinates } from './coordinates.ts'
import './global-setup.ts'
import { connectLab, type Lab } from './lab.ts'

/**
 * A suite over a lab that `global-setup.ts` started, or a skipped one where there is none. It has that lab to itself while it
 * runs, but shares it with suites before and after it: take away what you make, and name it so that no other suite meets it.
 */
export function describeLab(name: string, suite: (lab: Lab) => void): void {
  const labs = inject('labs')
  const coordinates = labs[Number(process.env['VITEST_POOL_ID']) - 1]
  if (labs.length > 0 && coordinates === undefined) throw new Error(`no lab for worker ${process.env['VITEST_POOL_ID']} of ${labs.length}`)
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
