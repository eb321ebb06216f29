import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { isAws, objectEvidence } from '../classes.ts'
import { fileNameOf } from '../mounted-files.ts'
import { parseObjects } from '../objects.ts'

export default defineCheck({
  id: 'secrets-store/whole-secret-mounted',
  title: 'Single values are taken out of a secret, and the whole of it is mounted beside them',
  severity: 'info',
  since: '0.1.0',
  subject: 'k8s/SecretProviderClass',
  reads: [],
  sources: [
    'https://github.com/aws/secrets-store-csi-driver-provider-aws/blob/main/provider/secrets_manager_provider.go',
    'https://docs.aws.amazon.com/secretsmanager/latest/userguide/ascp-examples.html',
  ],

  test({ subject: secretProviderClass }) {
    if (!isAws(secretProviderClass)) return skip('it is of another provider')
    const { objects, translate } = parseObjects(secretProviderClass.body, undefined)
    if (objects.length === 0) return skip('it mounts nothing')
    const [first, ...rest] = objects.filter(({ jmesPath }) => jmesPath.length > 0)
    if (first === undefined) return pass(secretProviderClass.at(['spec', 'parameters', 'objects'], 'what is mounted is meant as a whole'))
    const { name } = secretProviderClass.body.metadata
    return fail({
      message: `SecretProviderClass ${name} takes ${first.jmesPath.map(({ objectAlias }) => objectAlias).join(', ')} out of ${first.objectName}${rest.length === 0 ? '' : ` and values out of ${rest.length} more`}, and mounts the whole as ${fileNameOf(first, translate)} too`,
      evidence: [
        objectEvidence(secretProviderClass, [...first.inner, 'objectName'], 'all of it is a file'),
        ...first.jmesPath.slice(0, 3).map(({ inner }) => objectEvidence(secretProviderClass, [...inner, 'path'], 'one value of it')),
      ],
      effect: 'The containers read every value of the secret, not those alone that the class takes out.',
      help: 'The provider has no switch for it: keep what these pods must not see in another secret, or mount the single files with subPath where no rotation is needed.',
    })
  },
})
