import { Unread } from '#base/errors.ts'
import { compileGlob, globMatches } from '#iam/glob.ts'
import { defineCheck } from '#joints/define.ts'
import { tokenSubject } from '../service-account.ts'
import { trustVerdict, type BrokenTrust } from '../trust-verdict.ts'

export default defineCheck({
  id: 'irsa/trust-literal-wildcard',
  title: 'The trust policy has a wildcard under an operator that takes it literally',
  severity: 'high',
  since: '0.1.0',
  subject: 'k8s/ServiceAccount',
  reads: ['aws/eks/Cluster', 'aws/iam/Role'],
  sources: ['https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_String'],

  test({ subject, world }) {
    return trustVerdict(world, subject, 'wildcard', broken => {
      const { written, operator = 'StringEquals' } = broken.diagnosis.faults[0]
      const pattern = written[0] ?? ''
      const widens = broken.diagnosis.heal?.kind === 'changeOperator'
      return {
        message: `role ${broken.role.body.RoleName} compares ${pattern} literally, so it does not trust service account ${subject.id}`,
        fix: widens ? `compare with StringLike (${reach(broken, pattern)})` : `trust ${tokenSubject(subject)}`,
        ...(widens ? { risk: 'Whoever may create service accounts or pods where the pattern matches gets this role.' } : {}),
        help: `Use StringLike instead of ${operator}, or write the whole subject.`,
      }
    })
  },
})

/** How many service accounts the pattern would let in, as far as that is known. */
function reach({ world, serviceAccount }: BrokenTrust, pattern: string): string {
  try {
    const glob = compileGlob(pattern)
    const count = world.list('k8s/ServiceAccount', serviceAccount.scope).filter(item => globMatches(glob, tokenSubject(item))).length
    return `matches ${count} service account${count === 1 ? '' : 's'} today`
  } catch (error) {
    if (error instanceof Unread) return 'not all service accounts were read, so how many it matches is unknown'
    throw error
  }
}
