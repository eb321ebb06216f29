import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip, unknown } from '#model/verdict.ts'
import { keyEvidence } from '../../irsa/key-use.ts'
import { decidingEvidence, whyUnknown } from '../../irsa/pod-role.ts'
import { decryptRemedy, keyText, keyUse } from '../keys.ts'
import { overAskers, storedKinds, wantedEvidence, wantedText } from '../over-wanted.ts'
import { isRead, readsOf } from '../reads.ts'
import { keyNameEvidence } from '../stored-key.ts'

export default defineCheck({
  id: 'secrets-store/key-not-usable',
  title: 'The role may read what pods mount, and not decrypt it with its KMS key',
  severity: 'critical',
  since: '0.1.0',
  subject: 'workload',
  reads: storedKinds,
  sources: [
    'https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html',
    'https://docs.aws.amazon.com/kms/latest/developerguide/services-parameter-store.html',
    'https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html',
  ],

  test({ subject: workload, world }) {
    return overAskers(world, workload, (taken, asker) => {
      const all = readsOf(world, taken, asker, 'GetSecretValue')
      const uses = all.filter(isRead).flatMap(read => keyUse(world, asker, read) ?? [])
      const judged = uses.flatMap(use => ('judged' in use ? [use] : []))
      const denied = judged.filter(use => use.judged.is === 'denied')
      const [first] = denied
      if (first === undefined) {
        const fact = [...all.filter(each => !isRead(each)), ...uses].find(each => !('judged' in each))
        if (fact !== undefined && !('judged' in fact)) return unknown(fact)
        const open = judged.find(use => use.judged.is === 'unknown')
        if (open !== undefined) throw whyUnknown(open.judged.answer, asker.role)
        const allowed = judged.flatMap(
          use => decidingEvidence(use.judged.answer, 'this allows kms:Decrypt') ?? use.read.stored.at([], 'it can be decrypted'),
        )
        return allowed.length === 0 ? skip('AWS keeps the keys of what it may read') : pass(...allowed)
      }
      const { role } = asker
      const key = keyText(first.arn)
      const [denying, ...more] = keyEvidence(role, first.judged)
      return fail({
        message: `${first.judged.cause === 'role' ? `role ${role.body.RoleName}` : key} does not let ${workload.name} do kms:Decrypt${first.judged.cause === 'role' ? ` on ${key}` : ''}, which ${wantedText(first.read.wanted)} takes`,
        evidence: [
          denying,
          ...more,
          keyNameEvidence(first.read.stored, 'it is encrypted with this key'),
          wantedEvidence(taken, first.read.wanted, 'the class mounts it'),
        ],
        effect: 'The pods wait in ContainerCreating: Access to KMS is not allowed.',
        ...decryptRemedy(role, [first, ...denied.slice(1)], 'mounted-secrets'),
      })
    })
  },
})
