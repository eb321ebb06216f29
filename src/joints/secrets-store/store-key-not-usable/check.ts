import { defineCheck } from '#joints/define.ts'
import { keyFault } from '#joints/key-fault.ts'
import type { Evidence, Resource } from '#model/resource.ts'
import { fail, pass, skip, unknown, type Verdict } from '#model/verdict.ts'
import { keyEvidence } from '../../irsa/key-use.ts'
import { decidingEvidence, whyUnknown } from '../../irsa/pod-role.ts'
import { externalAsker, externalEvidence, externalKinds, externalRead, externalText, overAsked, type External } from '../external-reads.ts'
import { decryptRemedy, keyText, keyUse } from '../keys.ts'
import type { Asker, JudgedRead } from '../reads.ts'
import { storeText } from '../secret-stores.ts'
import { keyArn, keyNameEvidence, namedKey, ofSecrets } from '../stored-key.ts'

const effect = 'The Secret is not made, or stays as it is: could not get secret data from provider, … Access to KMS is not allowed.'

export default defineCheck({
  id: 'secrets-store/store-key-not-usable',
  title: 'External Secrets may read what an ExternalSecret asks for, and its KMS key does not decrypt it',
  severity: 'high',
  since: '0.1.0',
  subject: 'k8s/ExternalSecret',
  reads: externalKinds,
  sources: [
    'https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html',
    'https://docs.aws.amazon.com/kms/latest/developerguide/services-parameter-store.html',
    'https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html',
  ],

  test({ subject: externalSecret, world }) {
    return overAsked(world, externalSecret, external => {
      const asker = externalAsker(world, external)
      if (asker.is !== 'asks') return asker
      const read = external.asked.value ? externalRead(world, external, asker) : undefined
      if (read === undefined) return skip('there is no value to read')
      const name = namedKey(read.stored)
      if (name === undefined) return skip('AWS keeps the key of what it reads')
      if (read.judged.is === 'denied') return skip('it may not read the secret itself: secrets-store/store-read-denied says so')
      const arn = keyArn(world, read.stored, name)
      return broken(external, read, arn, world.find('aws/kms/Key', arn)) ?? denied(external, asker, keyUse(world, asker, read))
    })
  },
})

const named = (read: JudgedRead, external: External): readonly [Evidence, Evidence] => [
  keyNameEvidence(read.stored, 'it is encrypted with this key'),
  externalEvidence(external, `ExternalSecret ${external.asked.externalSecret.id} asks for it`),
]

/** Nobody can use the key. */
function broken(external: External, read: JudgedRead, arn: string, key: Resource<'aws/kms/Key'> | undefined): Verdict | undefined {
  if (key === undefined)
    return fail({
      message: `${externalText(external)} is encrypted with key ${arn}, which does not exist, and ${storeText(external.store)} reads it`,
      evidence: named(read, external),
      effect,
      help: 'Store the value anew with a key that exists; what was encrypted with the old one is lost.',
      key: external.name,
    })
  const fault = keyFault(key, ofSecrets)
  if (fault === undefined) return undefined
  return fail({
    message: `${externalText(external)} is encrypted with key ${key.body.KeyId}, which is ${fault.what}, and ${storeText(external.store)} reads it`,
    evidence: [fault.at, ...named(read, external)],
    effect,
    ...fault.remedy,
    key: external.name,
  })
}

function denied(external: External, { role }: Asker, use: ReturnType<typeof keyUse<JudgedRead>>): Verdict {
  if (use === undefined) return skip('there is no key to use')
  if (!('judged' in use)) return unknown(use)
  const { read, arn, judged } = use
  if (judged.is === 'unknown') throw whyUnknown(judged.answer, role)
  if (judged.is === 'allowed')
    return pass(decidingEvidence(judged.answer, 'this allows kms:Decrypt') ?? read.stored.at([], 'it can be decrypted'))
  const key = keyText(arn)
  const byRole = judged.cause === 'role'
  const [denying, ...more] = keyEvidence(role, judged)
  return fail({
    message: `${byRole ? `role ${role.body.RoleName}` : key} does not let ${storeText(external.store)} do kms:Decrypt${byRole ? ` on ${key}` : ''}, which ${externalText(external)} takes`,
    evidence: [denying, ...more, ...named(read, external)],
    effect,
    ...decryptRemedy(role, [use], 'external-secrets'),
    key: external.name,
  })
}
