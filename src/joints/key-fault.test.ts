import { expect, test } from 'vitest'
import type { Origin } from '#model/place.ts'
import { Resource } from '#model/resource.ts'
import type { Kinds } from '#model/kinds.ts'
import { keyFault, soundKey, type KeyUse } from './key-fault.ts'

const nowhere: Origin = { locate: () => ({ in: 'api', call: 'kms:DescribeKey', path: '.', excerpt: '' }) }
const use: KeyUse = {
  afterDeletion: 'it is lost.',
  asymmetric: { what: ', and that is wrong', label: 'asymmetric', help: 'Take another.' },
}

function keyWith(body: Partial<Kinds['aws/kms/Key']>) {
  const Arn = 'arn:aws:kms:eu-west-1:111122223333:key/k'
  return new Resource('aws/kms/Key', Arn, { account: '111122223333', region: 'eu-west-1' }, { Arn, KeyId: 'k', ...body }, nowhere)
}

const faultOf = (body: Partial<Kinds['aws/kms/Key']>, readAt?: string): string | undefined => keyFault(keyWith(body), use, readAt)?.what

test.each([
  [{ KeyState: 'Enabled' }, undefined],
  [{ KeyState: 'Creating' }, undefined],
  [{ KeyState: 'Updating' }, undefined],
  [{}, undefined],
  [{ Enabled: false }, 'disabled'],
  [{ KeyState: 'Disabled' }, 'disabled'],
  [{ KeyState: 'PendingDeletion' }, 'to be deleted'],
  [{ KeyState: 'PendingReplicaDeletion' }, 'to be deleted'],
  [{ KeyState: 'PendingImport' }, 'not usable (PendingImport)'],
  [{ KeyState: 'Unavailable' }, 'not usable (Unavailable)'],
  [{ KeyState: 'Enabled', KeySpec: 'RSA_2048' }, 'of specification RSA_2048, and that is wrong'],
] as const)('each state of the KMS guide, %j', (body, what) => {
  expect(faultOf(body)).toBe(what)
})

test('the days that are left are told by the clock of the world', () => {
  const body = { KeyState: 'PendingDeletion', DeletionDate: '2026-11-10T00:00:00Z' } as const
  expect([faultOf(body, '2026-11-03T00:00:00Z'), faultOf(body, '2026-11-08T12:00:00Z'), faultOf(body)]).toEqual([
    'to be deleted in 7 days',
    'to be deleted in 1 day',
    'to be deleted',
  ])
})

test('a key without fault passes by its state, and where that is not told nothing is said', () => {
  const enabled = keyWith({ KeyState: 'Enabled' })
  const names = enabled.at(['KeyId'], 'this key')
  expect(soundKey(enabled, names)).toEqual({ is: 'pass', because: [enabled.at(['KeyState'], 'the key can be used'), names] })
  expect(soundKey(keyWith({}), names).is).toBe('skip')
})
