import { accessKinds } from '#joints/access.ts'
import { mechanismKinds } from '#joints/access-mechanism.ts'
import { defineCheck } from '#joints/define.ts'
import { sessionToldBy } from '#joints/session-links.ts'
import { workloadKinds } from '#joints/workloads.ts'
import { fail, pass, skip, unknown } from '#model/verdict.ts'
import { audienceOf, defaultAudience } from '../../irsa/service-account.ts'
import { overClasses } from '../class-uses.ts'
import { ownAssociation, providerSession, serviceAccountOf } from '../identity.ts'
import { mountEvidence } from '../mounts.ts'

const ofProvider = {
  effect: `The provider presents a token for ${defaultAudience} whatever the pods use, and STS refuses it: the pods wait in ContainerCreating.`,
  help: 'Let the role trust the service account’s token for sts.amazonaws.com, or say usePodIdentity: "true" in the class where an association gives the role.',
}
const ofPods = {
  effect: 'The provider asks for the role that the pods have, and is refused as they are: the pods wait in ContainerCreating.',
  help: 'What the role or the association lacks is told where the joint of the identity is: irsa or pod-identity.',
}

export default defineCheck({
  id: 'secrets-store/role-refuses-provider',
  title: 'The role that the provider asks for refuses it',
  severity: 'high',
  since: '0.1.0',
  subject: 'workload',
  reads: [...workloadKinds, ...accessKinds, ...mechanismKinds, 'k8s/DaemonSet', 'k8s/SecretProviderClass'],
  sources: [
    'https://github.com/aws/secrets-store-csi-driver-provider-aws/blob/main/utils/token_parser.go',
    'https://docs.aws.amazon.com/eks/latest/userguide/pod-identities.html',
  ],

  test({ subject: workload, world }) {
    return overClasses(world, workload, taken => {
      const mechanism = providerSession(world, taken)
      if (mechanism === undefined) return skip('the provider has no role to ask for: secrets-store/identity-missing says so')
      const { session, by, steps } = mechanism
      if (session.is === 'unknown') return unknown(session.fact)
      const [last] = steps.flatMap(step => step.at ?? []).toReversed()
      const mounts = mountEvidence(taken.mount, 'the provider asks for the role of this mount')
      if (session.is === 'holds') return pass(...(last === undefined ? [mounts] : [last]))
      const serviceAccount = serviceAccountOf(world, workload)
      const isApart =
        by === 'irsa' &&
        (ownAssociation(world, workload) !== undefined || (serviceAccount !== undefined && audienceOf(serviceAccount) !== defaultAudience))
      return fail({
        message: `the provider gets no session for ${workload.name}: ${session.reason}`,
        evidence: [session.at[0] ?? last ?? mounts, mounts],
        ...(isApart ? ofProvider : { ...ofPods, ...sessionToldBy(by) }),
      })
    })
  },
})
