import type { TestProject } from 'vitest/node'
import { isLabRequired, labAvailability } from './availability.ts'
import type { LabCoordinates } from './coordinates.ts'
import { startLab } from './start-lab.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The one lab that all test files share; undefined where no lab can start and none is required. */
    readonly lab: LabCoordinates | undefined
  }
}

/** Starts one lab for the whole run. In CI, or with MORTISE_LAB=required, a machine without one fails the run. */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const availability = labAvailability()
  if (!availability.ok) {
    const why = `no lab can start here; missing: ${availability.missing.join('; ')}`
    if (isLabRequired()) throw new Error(why)
    process.stderr.write(`\nSKIPPED: every test that needs the lab. ${why}\n\n`)
    project.provide('lab', undefined)
    return undefined
  }
  const lab = await startLab()
  project.provide('lab', lab.coordinates)
  return () => lab.close()
}
