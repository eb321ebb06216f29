import { existsSync } from 'node:fs'
import { controlPlaneParts } from './build/build-all.ts'
import { cache } from './build/cache.ts'
import { etcdPath, missingForEtcd } from './build/etcd.ts'
import { findExecutable } from './process/find-executable.ts'
import { versions } from './versions.ts'

export type LabAvailability = { readonly ok: true } | { readonly ok: false; readonly missing: string[] }

/** Whether a lab can start here, and if not, what to install. Only looks: builds and starts nothing. */
export function labAvailability(): LabAvailability {
  const isBuilt = controlPlaneParts.every(part => part.isReady())
  const missing = [
    ...(process.platform === 'linux' ? [] : ["Linux (the lab's processes are watched through /proc)"]),
    ...(isBuilt || findExecutable('go') ? [] : [`go ${versions.go} or later on PATH (to build Kubernetes once)`]),
    ...(existsSync(cache.python) || findExecutable('python3') ? [] : ['python3 with venv on PATH (for the AWS emulator)']),
    ...(etcdPath() ? [] : missingForEtcd()),
  ]
  return missing.length === 0 ? { ok: true } : { ok: false, missing }
}

/** Whether the absence of a lab must fail the run rather than skip its tests: in CI, or when MORTISE_LAB says so. */
export function isLabRequired(): boolean {
  return process.env['CI'] === 'true' || process.env['MORTISE_LAB'] === 'required'
}
