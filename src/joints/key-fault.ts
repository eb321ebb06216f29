import { setting, targetOf } from '#model/change.ts'
import type { Evidence, Resource } from '#model/resource.ts'
import { pass, skip, type Fail, type Verdict } from '#model/verdict.ts'

type Key = Resource<'aws/kms/Key'>

/** Why nobody can use a key. */
export interface KeyFault {
  /** `disabled`, `to be deleted in 6 days`. */
  readonly what: string
  readonly at: Evidence
  readonly remedy: Pick<Fail, 'fix' | 'help'>
}

/** What a key is for, in the words of whoever tells that it fails. */
export interface KeyUse {
  /** Follows "after its waiting period". */
  readonly afterDeletion: string
  readonly asymmetric: { readonly what?: string; readonly label: string; readonly help: string }
}

const usable: readonly (string | undefined)[] = [undefined, 'Enabled', 'Creating', 'Updating']

/**
 * Undefined for a key that can be used, or whose state is not told: what it does then, its policy says.
 * @param readAt when the world was read, to tell the days that are left; without it they are not told
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html
 */
export function keyFault(key: Key, { afterDeletion, asymmetric }: KeyUse, readAt?: string): KeyFault | undefined {
  const { KeyState, KeySpec, KeyId, Enabled } = key.body
  if (KeyState === 'Disabled' || (KeyState === undefined && Enabled === false)) return disabled(key)
  if (KeyState === 'PendingDeletion' || KeyState === 'PendingReplicaDeletion')
    return {
      what: `to be deleted${inDays(key, readAt)}`,
      at: key.at(['KeyState'], 'the key is to be deleted'),
      remedy: { help: `aws kms cancel-key-deletion --key-id ${KeyId}, then aws kms enable-key: after its waiting period ${afterDeletion}` },
    }
  if (!usable.includes(KeyState))
    return {
      what: `not usable (${KeyState})`,
      at: key.at(['KeyState'], 'the material of the key is not there'),
      remedy: { help: 'Import the key material, or connect the key store again.' },
    }
  if (KeySpec !== undefined && KeySpec !== 'SYMMETRIC_DEFAULT')
    return {
      what: `of specification ${KeySpec}${asymmetric.what ?? ''}`,
      at: key.at(['KeySpec'], asymmetric.label),
      remedy: { help: asymmetric.help },
    }
  return undefined
}

/** Of a key without fault. @param names where it is said that this key is used */
export const soundKey = (key: Key, names: Evidence): Verdict =>
  key.body.KeyState === undefined ? skip('the state of the key was not told') : pass(key.at(['KeyState'], 'the key can be used'), names)

function disabled(key: Key): KeyFault {
  const { KeyId, KeyState } = key.body
  const path = KeyState === undefined ? ['Enabled'] : ['KeyState']
  const change = {
    target: targetOf(key),
    edit: setting(key, path, KeyState === undefined ? true : 'Enabled'),
    permissions: ['kms:EnableKey'],
    risk: 'Whoever disabled the key may have had a reason: everything that it encrypts can be read again.',
  }
  return {
    what: 'disabled',
    at: key.at(path, 'the key is disabled'),
    remedy: { fix: { title: `enable key ${KeyId}`, safe: false, changes: [change] } },
  }
}

const day = 24 * 60 * 60 * 1000

function inDays({ body: { DeletionDate } }: Key, readAt: string | undefined): string {
  if (DeletionDate === undefined || readAt === undefined) return ''
  const days = Math.floor((Date.parse(String(DeletionDate)) - Date.parse(readAt)) / day)
  return Number.isFinite(days) ? ` in ${days} ${days === 1 ? 'day' : 'days'}` : ''
}
