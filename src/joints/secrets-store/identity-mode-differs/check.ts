import { defineCheck } from '#joints/define.ts'
import { workloadKinds } from '#joints/workloads.ts'
import { setting, targetOf } from '#model/change.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { annotation, annotationPath, roleArnOf } from '../../irsa/service-account.ts'
import { overClasses } from '../class-uses.ts'
import { regionKinds } from '../classes.ts'
import { identityKinds, ownAssociation, serviceAccountOf } from '../identity.ts'

export default defineCheck({
  id: 'secrets-store/identity-mode-differs',
  title: 'A SecretProviderClass asks for one way to a role, and its pods have the other',
  severity: 'high',
  since: '0.1.0',
  subject: 'workload',
  reads: [...workloadKinds, ...regionKinds, ...identityKinds, 'k8s/SecretProviderClass'],
  sources: [
    'https://github.com/aws/secrets-store-csi-driver-provider-aws#secretproviderclass-options',
    'https://github.com/aws/secrets-store-csi-driver-provider-aws/issues/300',
  ],

  test({ subject: workload, world }) {
    return overClasses(world, workload, ({ mount, parsed: { usePodIdentity }, secretProviderClass }) => {
      const serviceAccount = serviceAccountOf(world, workload)
      const annotated = serviceAccount !== undefined && roleArnOf(serviceAccount) !== undefined ? serviceAccount : undefined
      const byAnnotation = annotated?.at(annotationPath(annotation.roleArn), 'IRSA gives the account this role')
      if (!usePodIdentity && byAnnotation !== undefined) return pass(byAnnotation)
      const association = ownAssociation(world, workload)
      const byAssociation = association?.at(['serviceAccount'], 'Pod Identity gives the account a role')
      if (usePodIdentity && byAssociation !== undefined) return pass(byAssociation)
      const has = usePodIdentity ? byAnnotation : byAssociation
      if (has === undefined) return skip('the account has no role at all: secrets-store/identity-missing says so')
      const { name, namespace } = secretProviderClass.body.metadata
      const path = ['spec', 'parameters', 'usePodIdentity']
      const isHere = secretProviderClass.body.spec?.parameters?.['usePodIdentity'] !== undefined
      const byVolume = mount.attributes['usePodIdentity'] !== undefined
      const wanted = usePodIdentity ? 'false' : 'true'
      const asks = byVolume
        ? workload.resource.at([...mount.path, 'volumeAttributes', 'usePodIdentity'], 'the volume says by which way')
        : isHere
          ? secretProviderClass.at(path, 'the class says by which way')
          : secretProviderClass.at(['spec', 'parameters'], 'without usePodIdentity the provider uses IRSA')
      const change = {
        target: targetOf(secretProviderClass),
        edit: setting(secretProviderClass, path, wanted),
        permissions: ['patch secretproviderclasses'],
        risk: 'Other pods that mount this class and have the other way lose theirs.',
      }
      return fail({
        message: `SecretProviderClass ${namespace}/${name} asks for ${usePodIdentity ? 'Pod Identity' : 'IRSA'}, and service account ${namespace}/${workload.serviceAccountName} of ${workload.name} has ${usePodIdentity ? 'IRSA' : 'Pod Identity'} alone`,
        evidence: [asks, has],
        effect: usePodIdentity
          ? 'The Pod Identity agent gives the provider no credentials, so the pods wait in ContainerCreating.'
          : `The pods wait in ContainerCreating: An IAM role must be associated with service account ${workload.serviceAccountName} (namespace: ${namespace}).`,
        ...(byVolume
          ? { help: `Say usePodIdentity: "${wanted}" in the volume, or leave it out there.` }
          : { fix: { title: `say usePodIdentity: "${wanted}" in ${name}`, safe: false, changes: [change] } }),
      })
    })
  },
})
