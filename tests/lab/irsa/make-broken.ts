import type { Lab } from '../lab.ts'
import { accountOf, makeReader, trustOf } from './account.ts'
import type { Broken, Place } from './broken-worlds.ts'
import { apply, deployment, namespaceOf, serviceAccount, untilPodsExist } from './workloads.ts'

export interface BrokenWorld {
  undo(): Promise<void>
  /** For `--assume-role`: reads the account that has no provider. */
  readonly strangerReader: string
}

/** Breaks one chain in each of these ways, in one namespace, one Deployment each. */
export async function makeBroken(lab: Lab, namespace: string, strangerId: string, variants: readonly Broken[]): Promise<BrokenWorld> {
  const account = accountOf(lab)
  const stranger = accountOf(lab, strangerId)
  const undo = await account.makeProvider()
  const strangerReader = await makeReader(lab, stranger, `${namespace}-reader`)
  const all = variants.map(variant => ({ variant, place: placeOf(variant.name) }))
  await Promise.all(all.map(({ variant, place }) => makeRole(variant, place)))
  await apply(lab, [namespaceOf(namespace), ...all.flatMap(({ variant, place }) => accountFor(variant, place))])
  await apply(
    lab,
    all.map(({ variant, place }) => deployment(namespace, variant.name, variant.name, variant.pod?.(place) ?? {})),
  )
  const withPods = variants.filter(({ podless }) => podless !== true)
  await untilPodsExist(lab, namespace, Object.fromEntries(withPods.map(({ name }) => [name, 1])))
  const changed = all.flatMap(({ variant: { later }, place }) => (later ? [serviceAccount(namespace, place.name, later(place))] : []))
  if (changed.length > 0) await apply(lab, changed)
  return { undo, strangerReader }

  function placeOf(name: string): Place {
    return { namespace, name, account, stranger, roleArn: account.roleArn(`${namespace}-${name}`) }
  }
}

/** In the stranger's account, too, where the annotation names it: a role is there, and it is the provider that is not. */
async function makeRole({ trust }: Broken, place: Place): Promise<void> {
  const { account, stranger, namespace, name } = place
  const statements = trust === undefined ? [trustOf(account, namespace, name)] : trust(place)
  if (statements === undefined) return
  await account.makeRole(`${namespace}-${name}`, statements)
  await stranger.makeRole(`${namespace}-${name}`, [trustOf(stranger, namespace, name)])
}

function accountFor({ annotations }: Broken, place: Place) {
  const given = annotations === undefined ? { 'eks.amazonaws.com/role-arn': place.roleArn } : annotations(place)
  return given === undefined ? [] : [serviceAccount(place.namespace, place.name, given)]
}
