import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { isAws, objectEvidence } from '../classes.ts'
import { jmesPathFault } from '../jmespath.ts'
import { parseObjects } from '../objects.ts'

export default defineCheck({
  id: 'secrets-store/value-path-invalid',
  title: 'A JMESPath of a SecretProviderClass cannot be read',
  severity: 'high',
  since: '0.1.0',
  subject: 'k8s/SecretProviderClass',
  reads: [],
  sources: [
    'https://github.com/aws/secrets-store-csi-driver-provider-aws/blob/main/provider/secret_value.go',
    'https://jmespath.org/specification.html#grammar',
  ],

  test({ subject: secretProviderClass }) {
    if (!isAws(secretProviderClass)) return skip('it is of another provider')
    const { objects } = parseObjects(secretProviderClass.body, undefined)
    const values = objects.flatMap(({ jmesPath, objectName }) => jmesPath.map(value => ({ ...value, objectName })))
    const wrong = values.map(value => ({ value, fault: jmesPathFault(value.path) })).find(({ fault }) => fault !== undefined)
    const name = secretProviderClass.body.metadata.name
    if (wrong === undefined)
      return values.length === 0
        ? skip('it takes no value out of a secret')
        : pass(...values.map(({ inner }) => objectEvidence(secretProviderClass, [...inner, 'path'], 'a JMESPath that can be read')))
    const { value, fault } = wrong
    return fail({
      message: `SecretProviderClass ${name} takes ${value.objectAlias} out of ${value.objectName} by JMESPath ${value.path}, which cannot be read: ${fault ?? ''}`,
      evidence: [objectEvidence(secretProviderClass, [...value.inner, 'path'], 'no JMESPath')],
      effect: `Pods that mount the class wait in ContainerCreating: Invalid JMES Path: ${value.path}.`,
      help: `Put a key with a hyphen into double quotes, and these into single ones for YAML: '"${value.path}"'.`,
      key: value.objectAlias,
    })
  },
})
