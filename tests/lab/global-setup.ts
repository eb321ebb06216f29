import type { TestProject } from 'vitest/node'
import { isLabRequired, labAvailability, type LabAvailability } from './availability.ts'
import type { LabCoordinates } from './coordinates.ts'
import { startLab, type StartOptions } from './start-lab.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** A lab for each test file that runs at a time, by `VITEST_POOL_ID` less one; none where no lab can start and none is required. */
    readonly labs: readonly LabCoordinates[]
  }
}

/** Starts control planes and AWS for the whole run. */
export default (project: TestProject): Promise<Teardown> => shareLabs(project, labAvailability(), {})

export type Teardown = (() => Promise<void>) | undefined

/** Starts as many labs as files of the project run at a time (`--maxWorkers=1` for one). In CI, or with MORTISE_LAB=required, a machine without one fails the run. */
export async function shareLabs(project: TestProject, availability: LabAvailability, options: StartOptions): Promise<Teardown> {
  if (!availability.ok) {
    const why = `no lab${options.node ? ' with a node' : ''} can start here; missing: ${availability.missing.join('; ')}`
    if (isLabRequired()) throw new Error(why)
    process.stderr.write(`\nSKIPPED: every test that needs it. ${why}\n\n`)
    project.provide('labs', [])
    return undefined
  }
  const labs = await startLabs(project.config.maxWorkers, options)
  project.provide(
    'labs',
    labs.map(({ coordinates }) => coordinates),
  )
  return async () => {
    await Promise.all(labs.map(lab => lab.close()))
  }
}

/** The first one by itself: it builds what the others then find. */
async function startLabs(count: number, options: StartOptions) {
  const first = await startLab(options)
  return [first, ...(await Promise.all(Array.from({ length: count - 1 }, () => startLab(options))))]
}
