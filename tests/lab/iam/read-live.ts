import { kindsForAccess, wantedFor } from '#verbs/can.ts'
import { readWorld } from '#verbs/read-world.ts'
import { writeSnapshot } from '#sources/snapshot/write-snapshot.ts'
import { vi } from 'vitest'
import type { Lab } from '../lab.ts'

/** A snapshot of all that questions about these resources read live, by the product's own reading and writing. */
export async function snapshotFor(lab: Lab, resources: readonly string[]): Promise<string> {
  const environment = {
    AWS_ENDPOINT_URL: lab.awsEndpoint,
    AWS_ACCESS_KEY_ID: lab.adminCredentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: lab.adminCredentials.secretAccessKey,
    AWS_SESSION_TOKEN: '',
    AWS_CONFIG_FILE: '/nonexistent',
    AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
  }
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value)
  const wanted = resources.map(resource => wantedFor(resource))
  const input = {
    files: [],
    kubernetes: { kubeconfig: lab.kubeconfig },
    aws: { region: lab.region, assumeRoles: [] },
    wanted: {
      keys: wanted.flatMap(({ keys = [] }) => keys),
      secrets: wanted.flatMap(({ secrets = [] }) => secrets),
      buckets: [...new Set(wanted.flatMap(({ buckets = [] }) => buckets))],
    },
  }
  try {
    const { world } = await readWorld(input, kindsForAccess)
    return writeSnapshot(world)
  } finally {
    vi.unstubAllEnvs()
  }
}
