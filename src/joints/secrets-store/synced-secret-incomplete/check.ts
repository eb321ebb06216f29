import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { isAws } from '../classes.ts'
import { parseObjects } from '../objects.ts'
import { syncFault } from '../sync-fault.ts'

export default defineCheck({
  id: 'secrets-store/synced-secret-incomplete',
  title: 'A SecretProviderClass is to make a Secret of files that it does not mount',
  severity: 'high',
  since: '0.1.0',
  subject: 'k8s/SecretProviderClass',
  reads: [],
  sources: [
    'https://github.com/kubernetes-sigs/secrets-store-csi-driver/blob/v1.6.0/pkg/util/secretutil/secret.go',
    'https://secrets-store-csi-driver.sigs.k8s.io/topics/sync-as-kubernetes-secret',
  ],

  test({ subject: secretProviderClass }) {
    if (!isAws(secretProviderClass)) return skip('it is of another provider')
    const { metadata, spec } = secretProviderClass.body
    if ((spec?.secretObjects ?? []).length === 0) return skip('it makes no Secret')
    const parsed = parseObjects(secretProviderClass.body, undefined)
    if (parsed.faults.length > 0) return skip('the provider refuses the class: secrets-store/class-invalid says so')
    const fault = syncFault(secretProviderClass, parsed)
    if (fault === undefined) return pass(secretProviderClass.at(['spec', 'secretObjects'], 'each key is of a file that is mounted'))
    const { message, at, secretName, near } = fault
    return fail({
      message: `SecretProviderClass ${metadata.name} cannot make Secret ${secretName === '' ? 'without a name' : secretName}: ${message}`,
      evidence: [at, secretProviderClass.at(['spec', 'parameters', 'objects'], 'the files that are mounted')],
      effect: `The Secret is not made, and pods that take it as variables do not start: ${message}.`,
      help:
        near === undefined
          ? 'Name the file as it is mounted: the alias where there is one, with underscores for slashes.'
          : `Name the file as it is mounted: ${near}.`,
      key: `${secretName} ${message}`,
    })
  },
})
