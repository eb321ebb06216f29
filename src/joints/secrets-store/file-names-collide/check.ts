import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { isAws, objectEvidence } from '../classes.ts'
import { mountedFiles } from '../mounted-files.ts'
import { parseObjects } from '../objects.ts'

export default defineCheck({
  id: 'secrets-store/file-names-collide',
  title: 'Two objects of a SecretProviderClass become one file',
  severity: 'medium',
  since: '0.1.0',
  subject: 'k8s/SecretProviderClass',
  reads: [],
  sources: ['https://github.com/aws/secrets-store-csi-driver-provider-aws/blob/main/provider/secret_descriptor.go'],

  test({ subject: secretProviderClass }) {
    if (!isAws(secretProviderClass)) return skip('it is of another provider')
    const files = mountedFiles(parseObjects(secretProviderClass.body, undefined))
    if (files.length === 0) return skip('it mounts nothing')
    const twice = [...Map.groupBy(files, ({ file }) => file)].find(([, list]) => list.length > 1)
    if (twice === undefined) return pass(secretProviderClass.at(['spec', 'parameters', 'objects'], 'each file has a name of its own'))
    const [file, [first, second]] = twice
    const at = (one: typeof first, label: string) => objectEvidence(secretProviderClass, one?.inner ?? [], label)
    return fail({
      message: `${first?.object.objectName ?? ''} and ${second?.object.objectName ?? ''} of SecretProviderClass ${secretProviderClass.body.metadata.name} both become file ${file}`,
      evidence: [at(second, `becomes ${file} too`), at(first, `becomes ${file}`)],
      effect: 'The provider refuses neither: one value overwrites the other, and which one the pods read is not said.',
      help: 'Give one of them an objectAlias of its own: slashes in names become underscores.',
      key: file,
    })
  },
})
