import { compileNetwork } from '#network/compile-network.ts'
import type { EnforcingMode, PolicyEngineName } from '#network/input.ts'
import type { ClusterNetwork } from './network.ts'

/** What the user says of who enforces policies; it goes before what the world says. */
export interface EngineOverride {
  readonly engine?: PolicyEngineName
  readonly mode?: EnforcingMode
}

/** The same cluster as if another engine enforced its policies. */
export function withEngine(view: ClusterNetwork, { engine, mode }: EngineOverride): ClusterNetwork {
  if (engine === undefined && mode === undefined) return view
  const { input } = view.network
  const policies = {
    ...input.policies,
    ...(engine === undefined ? {} : { engine: { value: engine } }),
    ...(mode === undefined ? {} : { mode: { value: mode } }),
  }
  return { ...view, network: compileNetwork({ ...input, policies }) }
}
