import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { isAws, objectEvidence } from '../classes.ts'
import { providersIn } from '../installed.ts'
import { mountedFiles } from '../mounted-files.ts'
import { parseObjects } from '../objects.ts'

export default defineCheck({
  id: 'secrets-store/file-name-has-slash',
  title: 'An object of a SecretProviderClass becomes a file in a folder, which the provider does not make',
  severity: 'high',
  since: '0.1.0',
  subject: 'k8s/SecretProviderClass',
  reads: ['k8s/DaemonSet'],
  sources: ['https://github.com/aws/secrets-store-csi-driver-provider-aws/blob/main/server/server.go', 'https://pkg.go.dev/os#CreateTemp'],

  test({ subject: secretProviderClass, world }) {
    if (!isAws(secretProviderClass)) return skip('it is of another provider')
    const parsed = parseObjects(secretProviderClass.body, undefined)
    if (parsed.translate !== '') return skip('slashes in names are translated')
    const inFolder = mountedFiles(parsed).find(({ file }) => file.includes('/'))
    if (inFolder === undefined) return skip('no name has a slash')
    const at = objectEvidence(secretProviderClass, inFolder.inner, `becomes ${inFolder.file}`)
    const cluster = 'cluster' in secretProviderClass.scope ? secretProviderClass.scope.cluster : ''
    const [provider] = providersIn(world, cluster)
    if (provider === undefined) return skip('the cluster has no AWS provider: secrets-store/provider-missing says so')
    const writes = provider.argument('driver-writes-secrets')
    if (writes?.value === 'true') return pass(provider.daemonSet.at(writes.path, 'the driver writes the files, folders too'), at)
    return fail({
      message: `${inFolder.object.objectName} of SecretProviderClass ${secretProviderClass.body.metadata.name} becomes file ${inFolder.file}, and the provider makes no folder`,
      evidence: [
        secretProviderClass.at(['spec', 'parameters', 'pathTranslation'], 'slashes stay slashes'),
        at,
        provider.image('the provider writes the files itself'),
      ],
      effect: 'Pods that mount the class wait in ContainerCreating: pattern contains path separator.',
      help: 'Leave pathTranslation out, give the object an objectAlias without a slash, or set driverWritesSecrets in the chart of the provider.',
      key: inFolder.file,
    })
  },
})
