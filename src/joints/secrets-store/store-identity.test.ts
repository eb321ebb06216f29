import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { findingsOf } from '#findings/finding.ts'
import { joints } from '#joints/all.ts'
import { runJoint } from '#joints/run.ts'
import { World } from '#model/world.ts'
import { readFiles } from '#sources/files/read-files.ts'
import { storeSession } from './store-identity.ts'

const here = fileURLToPath(new URL('.', import.meta.url))
const fixture = (file: string) => readFileSync(`${here}${file}`, 'utf8')
const worldOf = async (text: string) => new World(await readFiles([], { texts: [{ name: 'world.yaml', text }] }))

async function sessionOf(text: string) {
  const world = await worldOf(text)
  const [store] = [...world.seen('k8s/SecretStore'), ...world.seen('k8s/ClusterSecretStore')]
  if (store === undefined) throw new Error('there is no store')
  const mechanism = storeSession(world, store, 'shop')
  const { session } = mechanism ?? {}
  return {
    role: mechanism?.roleArn?.split('/')[1],
    is: session?.is,
    why: session?.is === 'unknown' ? session.fact.reason : session?.is === 'refused' ? session.reason : undefined,
    context: session?.is === 'holds' ? session.caller.context : {},
  }
}

const assumed = fixture('store-session-refused/pass.yaml')

it('asks as the last role, which the one before it assumes', async () => {
  expect(await sessionOf(fixture('store-read-denied/pass.yaml'))).toMatchObject({ role: 'reads-secrets', is: 'holds' })
  expect(await sessionOf(assumed)).toMatchObject({ role: 'reads-shop', is: 'holds' })
  const through = assumed.replace(
    'role: arn:aws:iam::111122223333:role/reads-shop',
    'additionalRoles: ["arn:aws:iam::111122223333:role/between"]\n      role: arn:aws:iam::111122223333:role/reads-shop',
  )
  expect(await sessionOf(through)).toMatchObject({ is: 'refused', why: 'role between does not exist' })
})

it('sends the external id, which a trust policy may ask for', async () => {
  const asks = assumed.replace(
    'role/reads-secrets\n      Action: sts:AssumeRole\n',
    'role/reads-secrets\n      Action: sts:AssumeRole\n      Condition: { StringEquals: { sts:ExternalId: shop } }\n',
  )
  expect(asks).not.toBe(assumed)
  expect((await sessionOf(asks)).is).toBe('refused')
  expect((await sessionOf(asks.replace('      service: SecretsManager', '      externalID: shop\n      service: SecretsManager'))).is).toBe(
    'holds',
  )
})

it('tags the session with the namespace of the ExternalSecret where the store says so, which takes sts:TagSession', async () => {
  const tagged = fixture('cluster-store-open-to-all/pass-namespace-in-tags.yaml')
  expect(await sessionOf(tagged)).toMatchObject({
    is: 'holds',
    context: { 'aws:PrincipalTag/esoNamespace': 'shop', 'aws:PrincipalTag/esoStoreName': 'aws' },
  })
  const untagged = tagged.replaceAll('[sts:AssumeRole, sts:TagSession]', 'sts:AssumeRole')
  expect(await sessionOf(untagged)).toMatchObject({ is: 'refused', why: expect.stringContaining('sts:TagSession') as string })
})

it('asks as the one operator that minds the store where it names nobody', async () => {
  const operator = fixture('store-read-denied/fail-operator.yaml')
  expect(await sessionOf(operator)).toMatchObject({ role: 'external-secrets', is: 'holds' })
  const classed = operator.replace('spec:\n  provider:', 'spec:\n  controller: team\n  provider:')
  expect(classed).not.toBe(operator)
  await expect(sessionOf(classed)).rejects.toThrow('is the External Secrets Operator that minds it')
  const own = classed.replace('--concurrent=1', '--controller-class=team')
  expect(await sessionOf(own)).toMatchObject({ role: 'external-secrets', is: 'holds' })
})

it('is unknown with static keys, and with several audiences', async () => {
  expect(await sessionOf(fixture('store-read-denied/unknown-static-keys.yaml'))).toMatchObject({ is: 'unknown' })
  const audiences = fixture('store-read-denied/pass.yaml').replace(
    '            name: reads-secrets\n',
    '            name: reads-secrets\n            audiences: [vault]\n',
  )
  expect(await sessionOf(audiences)).toMatchObject({ is: 'unknown', why: expect.stringContaining('audiences') as string })
})

it('what the chain of its service account tells is no second finding; what its own role refuses is', async () => {
  const idsIn = async (file: string) => {
    const world = await worldOf(fixture(file))
    return findingsOf(joints.filter(({ id }) => ['irsa', 'secrets-store'].includes(id)).map(joint => runJoint(joint, world))).map(
      ({ check }) => check.id,
    )
  }
  expect(await idsIn('store-session-refused/fail-trust.yaml')).toEqual(['irsa/trust-does-not-match'])
  expect(await idsIn('store-session-refused/fail.yaml')).toEqual(['secrets-store/store-session-refused'])
})
