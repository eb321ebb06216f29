import { expect, it } from 'vitest'
import { readsOf } from './workload-reads.ts'

it('what is mounted is read too, and what is both read and mounted once', () => {
  const where = 'mortise.yaml:3:3'
  const reads = [
    { is: 'secret', name: 'db', where },
    { is: 'secret', name: 'api', where },
    { is: 's3', bucket: 'reports', keys: '*', where },
  ] as const
  expect(readsOf({ reads, mounts: [{ secret: 'db', folder: '/var/run/db', where }] })).toEqual([
    { is: 'secret', name: 'api', where },
    { is: 's3', bucket: 'reports', keys: '*', where },
    { is: 'secret', name: 'db', where, isMounted: true },
  ])
})
