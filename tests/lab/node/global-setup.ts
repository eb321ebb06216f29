import type { TestProject } from 'vitest/node'
import { shareLab, type Teardown } from '../global-setup.ts'
import { nodeAvailability } from './availability.ts'

/** Starts a lab with a node for the whole run: that of files named `*.node.test.ts`. */
export default (project: TestProject): Promise<Teardown> => shareLab(project, nodeAvailability(), { node: true })
