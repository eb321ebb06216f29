import { defineCheck } from '#joints/define.ts'
import { valueAt } from '#model/place.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { needsRegion, regionKinds, regionOf } from '../classes.ts'
import { parseObjects } from '../objects.ts'

export default defineCheck({
  id: 'secrets-store/class-invalid',
  title: 'The AWS provider refuses a SecretProviderClass',
  severity: 'high',
  since: '0.1.0',
  subject: 'k8s/SecretProviderClass',
  reads: regionKinds,
  sources: [
    'https://github.com/aws/secrets-store-csi-driver-provider-aws#secretproviderclass-options',
    'https://github.com/aws/secrets-store-csi-driver-provider-aws/blob/main/provider/secret_descriptor.go',
  ],

  test({ subject: secretProviderClass, world }) {
    const { metadata, spec } = secretProviderClass.body
    const cluster = 'cluster' in secretProviderClass.scope ? secretProviderClass.scope.cluster : ''
    const name = `${metadata.namespace}/${metadata.name}`
    const refuses = (message: string, at: ReturnType<typeof secretProviderClass.at>) =>
      fail({
        message: `SecretProviderClass ${name} mounts nothing: ${message}`,
        evidence: [at],
        effect: `Pods that mount it wait in ContainerCreating, and say: ${message}.`,
        help: 'Write the class as the options of the AWS provider say, then delete the pods that wait: new ones mount at once.',
      })
    const provider = spec?.provider ?? ''
    if (provider === '') return refuses(`provider not set in ${name}`, secretProviderClass.at(['metadata', 'name'], 'it names no provider'))
    if (provider !== 'aws') return skip(`it is of provider ${provider}`)
    if (spec?.parameters === undefined)
      return refuses(`parameters not set in ${name}`, secretProviderClass.at(['spec'], 'it has no parameters'))
    const region = needsRegion(secretProviderClass) ? regionOf(world, cluster) : undefined
    const { objects, faults } = parseObjects(secretProviderClass.body, region)
    const [fault] = faults
    const text = valueAt(secretProviderClass.body, ['spec', 'parameters', 'objects'])
    if (fault !== undefined) {
      const at = secretProviderClass.inText(fault.path, fault.inner, 'the provider refuses this')
      return refuses(fault.message, at)
    }
    if (objects.length === 0)
      return refuses(
        'missing object versions',
        text === undefined
          ? secretProviderClass.at(['spec', 'parameters'], 'it names no objects')
          : secretProviderClass.at(['spec', 'parameters', 'objects'], 'it names no objects'),
      )
    return pass(
      secretProviderClass.at(
        ['spec', 'parameters', 'objects'],
        `the provider takes ${objects.length === 1 ? 'the object' : `all ${objects.length} objects`}`,
      ),
    )
  },
})
