import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { cache } from './build/cache.ts'
import { etcdPath } from './build/build-all.ts'
import { missingForEtcd } from './build/etcd.ts'
import { kubernetesCommands } from './build/wrapper-module.ts'
import { findExecutable } from './process/find-executable.ts'
import { versions } from './versions.ts'

export type LabAvailability = { readonly ok: true } | { readonly ok: false; readonly missing: string[] }

/** Whether a lab can start here, and if not, what to install. Only looks: builds and starts nothing. */
export function labAvailability(): LabAvailability {
  const missing = [
    ...(process.platform === 'linux' ? [] : ["Linux (the lab's processes are watched through /proc)"]),
    ...(hasKubernetes() || findExecutable('go') ? [] : [`go ${versions.go} or later on PATH (to build Kubernetes once)`]),
    ...(existsSync(cache.python) || findExecutable('python3') ? [] : ['python3 with venv on PATH (for the AWS emulator)']),
    ...(etcdPath() ? [] : missingForEtcd()),
  ]
  return missing.length === 0 ? { ok: true } : { ok: false, missing }
}

/** Whether the absence of a lab must fail the run rather than skip its tests: in CI, or when MORTISE_LAB says so. */
export function isLabRequired(): boolean {
  return process.env['CI'] === 'true' || process.env['MORTISE_LAB'] === 'required'
}

function hasKubernetes(): boolean {
  return kubernetesCommands.every(command => existsSync(join(cache.binaries, command)))
}
