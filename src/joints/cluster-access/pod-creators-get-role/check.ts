import { defineCheck } from '#joints/define.ts'
import { assertWhole, rbacKinds } from '#joints/rbac.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { runnersIn } from '../pod-runners.ts'
import { othersEvidence, othersText } from '../rights-of-others.ts'
import { bearerKinds } from '../role-bearers.ts'
import { roleMayKinds } from '../role-may.ts'
import { powersText } from '../role-powers.ts'

export default defineCheck({
  id: 'cluster-access/pod-creators-get-role',
  title: 'Who may run or enter pods of a namespace gets the roles of its service accounts',
  severity: 'medium',
  severities: ['high'],
  since: '0.1.0',
  subject: 'k8s/Namespace',
  reads: [...rbacKinds, ...bearerKinds, ...roleMayKinds],
  sources: [
    'https://kubernetes.io/docs/concepts/security/rbac-good-practices/#workload-creation',
    'https://docs.aws.amazon.com/eks/latest/best-practices/identity-and-access-management.html',
  ],

  test({ subject: namespace, world }) {
    const found = runnersIn(world, namespace)
    if (found === undefined) return skip('no service account of the namespace gets a role')
    const { built, bearers, others, roles, strong } = found
    const [borne] = bearers
    const [first, ...rest] = othersEvidence(built, others)
    if (first === undefined || borne === undefined) {
      assertWhole(built)
      return pass(namespace.at(['metadata', 'name'], 'only administrators may run or enter pods here'), ...bearers.map(({ at }) => at))
    }
    const names = roles.length > 2 ? `${roles.length} roles, such as ${roles[0] ?? ''}` : `role ${roles.join(' and role ')}`
    const powerful = strong === undefined ? '' : `, which may ${powersText(strong)}`
    return fail({
      message: `${othersText(others)} may run or enter pods in namespace ${namespace.body.metadata.name}, and so get ${names}${powerful}`,
      evidence: [first, ...rest, borne.at, ...(strong?.held[0]?.at === undefined ? [] : [strong.held[0].at])],
      effect:
        'A new pod may name any service account of its namespace, and a command in a running one acts as it: the AWS role comes with the right.',
      help: 'Put workloads with strong roles into namespaces of their own, let admission policies decide which service accounts a pod may name, or take the right away.',
      ...(strong !== undefined || others.some(({ isBroad }) => isBroad) ? { severity: 'high' } : {}),
    })
  },
})
