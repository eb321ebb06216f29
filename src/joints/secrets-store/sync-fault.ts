import type { Evidence } from '#model/resource.ts'
import type { SecretProviderClass } from './classes.ts'
import { mountedFiles } from './mounted-files.ts'
import type { ParsedObjects } from './objects.ts'

export interface SyncFault {
  /** In the driver's words. */
  readonly message: string
  readonly secretName: string
  readonly at: Evidence
  /** The file that was meant, when one of the objects is called so. */
  readonly near?: string
}

const tlsKeys: ReadonlySet<string> = new Set(['tls.crt', 'tls.key'])

/** The first thing that keeps the driver from making a Secret: secretutil.ValidateSecretObject and GetSecretData. */
export function syncFault(secretProviderClass: SecretProviderClass, parsed: ParsedObjects): SyncFault | undefined {
  const files = mountedFiles(parsed)
  for (const [index, object] of (secretProviderClass.body.spec?.secretObjects ?? []).entries()) {
    const { secretName = '', type = '', data = [] } = object
    const name = secretName.trim()
    const at = (path: readonly (string | number)[], label: string): Evidence =>
      secretProviderClass.at(['spec', 'secretObjects', index, ...path], label)
    const whole = (message: string): SyncFault => ({ message, secretName: name, at: at([], message) })
    if (secretName === '') return whole('secret name is empty')
    if (type === '') return whole('secret type is empty')
    if (data.length === 0) return whole('data is empty')
    for (const [item, { objectName = '', key = '' }] of data.entries()) {
      const wanted = objectName.trim()
      if (wanted === '')
        return { message: 'object name in secretObjects.data', secretName: name, at: at(['data', item], 'it names no object') }
      if (key.trim() === '')
        return { message: 'key in secretObjects.data is empty', secretName: name, at: at(['data', item], 'it names no key') }
      if (!files.some(({ file }) => file === wanted)) {
        const meant = files.find(({ object: { objectName: own } }) => own === wanted)
        return {
          message: `file matching objectName ${wanted} not found in the pod`,
          secretName: name,
          at: at(['data', item, 'objectName'], 'no file is called that'),
          ...(meant === undefined ? {} : { near: meant.file }),
        }
      }
      if (type.trim() === 'kubernetes.io/tls' && !tlsKeys.has(key.trim()))
        return {
          message: `key '${key.trim()}' is not supported. Only 'tls.key' and 'tls.crt' are supported`,
          secretName: name,
          at: at(['data', item, 'key'], 'no key of such a Secret'),
        }
    }
  }
  return undefined
}
