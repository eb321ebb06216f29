import type { TestProject } from 'vitest/node'
import { shareLabs, type Teardown } from '../global-setup.ts'
import { nodeAvailability } from './availability.ts'

/** Starts labs with a node for the whole run: those of files named `*.node.test.ts`. */
export default (project: TestProject): Promise<Teardown> => shareLabs(project, nodeAvailability(), { node: true })
