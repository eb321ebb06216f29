import type { WorldEditor } from './world-editor.ts'

/** What EKS writes of an add-on that did not come up. */
export const degraded = (world: WorldEditor, addon: string, code: string, message: string, status = 'DEGRADED') =>
  world.edit('aws/eks/Addon', addon, body => Object.assign(body, { status, health: { issues: [{ code, message }] } }))
