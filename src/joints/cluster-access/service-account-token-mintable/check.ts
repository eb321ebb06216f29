import { defineCheck } from '#joints/define.ts'
import { assertWhole, clusterRbac, rbacKinds } from '#joints/rbac.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { othersEvidence, othersText, othersWho } from '../rights-of-others.ts'
import { bearerKinds, roleBorne } from '../role-bearers.ts'

export default defineCheck({
  id: 'cluster-access/service-account-token-mintable',
  title: 'Others may make tokens of a service account, and with them get its role from anywhere',
  severity: 'high',
  since: '0.1.0',
  subject: 'k8s/ServiceAccount',
  reads: [...rbacKinds, ...bearerKinds],
  sources: [
    'https://kubernetes.io/docs/concepts/security/rbac-good-practices/#token-request',
    'https://docs.aws.amazon.com/eks/latest/userguide/iam-roles-for-service-accounts.html',
  ],

  test({ subject: account, world }) {
    const { namespace, name } = account.body.metadata
    const borne = roleBorne(world, account)
    if (borne === undefined) return skip('the service account gets no role')
    if (borne.bearer.by === 'pod-identity') return skip('Pod Identity takes only tokens that are bound to a pod, from a node')
    const built = clusterRbac(world, borne.bearer.cluster)
    const question = { verb: 'create', resource: 'serviceaccounts', subresource: 'token', namespace, name }
    const others = othersWho(built, [question]).filter(({ key }) => key !== `ServiceAccount/${namespace}/${name}`)
    const [first, ...rest] = othersEvidence(built, others)
    if (first === undefined) {
      assertWhole(built)
      return pass(borne.bearer.at, account.at(['metadata', 'name'], 'only administrators may make its tokens'))
    }
    return fail({
      message: `${othersText(others)} may make tokens of service account ${namespace}/${name}, which gets role ${borne.role.body.RoleName}`,
      evidence: [first, ...rest, borne.bearer.at],
      effect: `Each of them can ask for a token for sts.amazonaws.com and be ${borne.role.body.RoleName} from any machine, for as long as it renews it, without a pod that anybody could see.`,
      help: 'Take create on serviceaccounts/token out of the rule, or limit it by resourceNames to service accounts without a role.',
    })
  },
})
