import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { isAws } from '../classes.ts'
import { classKey } from '../mounts.ts'
import { syncedSecrets } from '../synced-secrets.ts'

export default defineCheck({
  id: 'secrets-store/synced-secret-made-twice',
  title: 'Two SecretProviderClasses of a namespace make one Secret, and differ in it',
  severity: 'medium',
  since: '0.1.0',
  subject: 'k8s/SecretProviderClass',
  reads: [],
  sources: [
    'https://github.com/kubernetes-sigs/secrets-store-csi-driver/blob/v1.6.0/controllers/secretproviderclasspodstatus_controller.go',
  ],

  test({ subject: secretProviderClass, world }) {
    if (!isAws(secretProviderClass)) return skip('it is of another provider')
    const { namespace, name } = secretProviderClass.body.metadata
    const cluster = 'cluster' in secretProviderClass.scope ? secretProviderClass.scope.cluster : ''
    const own = secretProviderClass.body.spec?.secretObjects ?? []
    if (own.length === 0) return skip('it makes no Secret')
    for (const [index, object] of own.entries()) {
      const secretName = (object.secretName ?? '').trim()
      const makers = syncedSecrets(world).get(classKey(cluster, namespace, secretName)) ?? []
      // Told once, of the one that comes later by name.
      const other = makers.find(
        maker =>
          maker.secretProviderClass.id < secretProviderClass.id &&
          shape(maker.secretProviderClass.body.spec?.secretObjects?.[maker.index]) !== shape(object),
      )
      if (other === undefined) continue
      return fail({
        message: `SecretProviderClasses ${other.secretProviderClass.body.metadata.name} and ${name} of namespace ${namespace} both make Secret ${secretName}, and not the same`,
        evidence: [
          secretProviderClass.at(['spec', 'secretObjects', index, 'secretName'], 'makes it'),
          other.secretProviderClass.at(['spec', 'secretObjects', other.index, 'secretName'], 'makes it too'),
        ],
        effect: 'Whichever pod is mounted last decides what the Secret holds: the driver overwrites what is there, whoever made it.',
        help: 'Give each Secret a name of its own, or make it in one class alone.',
        key: secretName,
      })
    }
    world.list('k8s/SecretProviderClass', { cluster, namespace })
    return pass(secretProviderClass.at(['spec', 'secretObjects'], 'no other class makes these Secrets'))
  },
})

/** Type and keys with what they are of, whatever the order. */
const shape = (
  object: { readonly type?: string; readonly data?: readonly { readonly objectName?: string; readonly key?: string }[] } | undefined,
): string => JSON.stringify([object?.type, (object?.data ?? []).map(({ objectName, key }) => `${key ?? ''}\n${objectName ?? ''}`).sort()])
