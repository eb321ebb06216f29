import type { TestProject } from 'vitest/node'
import { isLabRequired, labAvailability, type LabAvailability } from './availability.ts'
import type { LabCoordinates } from './coordinates.ts'
import { startLab, type StartOptions } from './start-lab.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The one lab that all test files of a project share; undefined where no lab can start and none is required. */
    readonly lab: LabCoordinates | undefined
  }
}

/** Starts the control plane and AWS for the whole run. */
export default (project: TestProject): Promise<Teardown> => shareLab(project, labAvailability(), {})

export type Teardown = (() => Promise<void>) | undefined

/** Starts one lab for all files of a project. In CI, or with MORTISE_LAB=required, a machine without one fails the run. */
export async function shareLab(project: TestProject, availability: LabAvailability, options: StartOptions): Promise<Teardown> {
  if (!availability.ok) {
    const why = `no lab${options.node ? ' with a node' : ''} can start here; missing: ${availability.missing.join('; ')}`
    if (isLabRequired()) throw new Error(why)
    process.stderr.write(`\nSKIPPED: every test that needs it. ${why}\n\n`)
    project.provide('lab', undefined)
    return undefined
  }
  const lab = await startLab(options)
  project.provide('lab', lab.coordinates)
  return () => lab.close()
}
