import { defineCheck } from '#joints/define.ts'
import { workloadKinds } from '#joints/workloads.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { annotation, annotationPath, roleArnOf } from '../../irsa/service-account.ts'
import { overClasses } from '../class-uses.ts'
import { regionKinds } from '../classes.ts'
import { identityKinds, ownAssociation, serviceAccountOf } from '../identity.ts'
import { mountEvidence } from '../mounts.ts'

export default defineCheck({
  id: 'secrets-store/identity-missing',
  title: 'Pods mount secrets of AWS, and their service account has no role by which to read them',
  severity: 'critical',
  since: '0.1.0',
  subject: 'workload',
  reads: [...workloadKinds, ...regionKinds, ...identityKinds, 'k8s/SecretProviderClass'],
  sources: [
    'https://github.com/aws/secrets-store-csi-driver-provider-aws/blob/main/server/server.go',
    'https://docs.aws.amazon.com/secretsmanager/latest/userguide/integrate_eks.html',
  ],

  test({ subject: workload, world }) {
    return overClasses(world, workload, ({ mount, parsed, secretProviderClass }) => {
      const serviceAccount = serviceAccountOf(world, workload)
      if (serviceAccount === undefined && workload.serviceAccountName !== 'default')
        return skip('the service account does not exist, which irsa/service-account-missing and pod-identity/service-account-missing say')
      const roleArn = serviceAccount === undefined ? undefined : roleArnOf(serviceAccount)
      if (!parsed.usePodIdentity && serviceAccount !== undefined && roleArn !== undefined)
        return pass(serviceAccount.at(annotationPath(annotation.roleArn), 'the provider asks for this role'))
      const association = ownAssociation(world, workload)
      if (parsed.usePodIdentity && association !== undefined)
        return pass(association.at(['serviceAccount'], 'the provider asks for the role of this association'))
      if (roleArn !== undefined || association !== undefined)
        return skip('there is a role, by the other way: secrets-store/identity-mode-differs says so')
      const account = `${workload.namespace}/${workload.serviceAccountName}`
      const says = parsed.usePodIdentity
        ? 'the Pod Identity agent gives it no credentials'
        : `An IAM role must be associated with service account ${workload.serviceAccountName} (namespace: ${workload.namespace})`
      return fail({
        message: `${workload.name} mounts secrets of AWS, and service account ${account} has neither ${annotation.roleArn} nor a Pod Identity association`,
        evidence: [
          serviceAccount === undefined
            ? workload.resource.at(['metadata', 'name'], 'its pods run as default')
            : serviceAccount.at(['metadata', 'name'], 'nothing gives this account a role'),
          mountEvidence(mount, `mounts ${secretProviderClass.body.metadata.name}`),
        ],
        effect: `The provider asks AWS as the pods' service account, and has no role to ask for: ${says}. The pods wait in ContainerCreating.`,
        help: parsed.usePodIdentity
          ? `Make a Pod Identity association for ${account} with a role that may read the secrets.`
          : `Annotate service account ${account} with ${annotation.roleArn}, or make a Pod Identity association and say usePodIdentity: "true" in the class.`,
      })
    })
  },
})
