import { defineCheck } from '#joints/define.ts'
import { issuerNamed } from '../statement-faults.ts'
import { trustVerdict, type BrokenTrust } from '../trust-verdict.ts'

export default defineCheck({
  id: 'irsa/trust-wrong-issuer',
  title: 'The trust policy names an OIDC issuer that is not the one of the cluster',
  severity: 'high',
  since: '0.1.0',
  subject: 'k8s/ServiceAccount',
  reads: ['aws/eks/Cluster', 'aws/iam/Role'],
  sources: [
    'https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html',
    'https://docs.aws.amazon.com/eks/latest/userguide/cross-account-access.html',
  ],

  test({ subject, world }) {
    return trustVerdict(world, subject, 'issuer', broken => ({
      message: `role ${broken.role.body.RoleName} names the wrong issuer for service account ${subject.id}: ${slip(broken)}`,
      fix: broken.diagnosis.heal?.kind === 'addStatement' ? 'trust this cluster in a statement of its own' : "name this cluster's issuer",
      help: "Name the provider of this cluster in the role's account as the principal, and begin the condition keys with its issuer.",
      showIssuer: true,
    }))
  },
})

/** What is wrong with the name, and whose it is when that cluster was read. */
function slip({ world, diagnosis }: BrokenTrust): string {
  const [fault] = diagnosis.faults
  const where = fault.key === undefined ? 'the principal' : 'a condition key'
  const named = `https://${issuerNamed(fault)}`
  const owner = world.seen('aws/eks/Cluster').find(cluster => cluster.body.identity?.oidc?.issuer === named)
  const part = owner !== undefined && fault.stray?.how === 'cluster' ? `the id of cluster ${owner.body.name}` : fault.stray?.part
  return `${part} in ${where}`
}
