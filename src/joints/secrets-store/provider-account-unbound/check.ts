import { defineCheck } from '#joints/define.ts'
import { assertWhole, clusterRbac, rbacKinds } from '#joints/rbac.ts'
import { mayI } from '#rbac/decide.ts'
import { serviceAccountSubject } from '#rbac/subject.ts'
import { fail, pass, skip, unknown } from '#model/verdict.ts'
import { strayBinding } from '../stray-binding.ts'
import { providersIn } from '../installed.ts'

export default defineCheck({
  id: 'secrets-store/provider-account-unbound',
  title: 'The service account of the AWS provider may not read service accounts',
  severity: 'critical',
  since: '0.1.0',
  subject: 'k8s/DaemonSet',
  reads: rbacKinds,
  sources: [
    'https://github.com/aws/secrets-store-csi-driver-provider-aws/blob/main/deployment/aws-provider-installer.yaml',
    'https://github.com/kubernetes-sigs/secrets-store-csi-driver/issues/1399',
  ],

  test({ subject: daemonSet, world }) {
    const cluster = 'cluster' in daemonSet.scope ? daemonSet.scope.cluster : ''
    const provider = providersIn(world, cluster).find(each => each.daemonSet === daemonSet)
    if (provider === undefined) return skip('it is not the AWS provider')
    const rbac = clusterRbac(world, cluster)
    const { namespace } = daemonSet.body.metadata
    const name = daemonSet.body.spec?.template.spec?.serviceAccountName ?? 'default'
    const decision = mayI(rbac.rbac, serviceAccountSubject(namespace, name), { verb: 'get', resource: 'serviceaccounts' })
    if (decision.answer === 'allow') {
      const [first, ...rest] = rbac.grantEvidence(decision.grant, 'this binding lets the provider read service accounts')
      return pass(...(first === undefined ? [provider.image('the provider')] : [first, ...rest]))
    }
    assertWhole(rbac)
    if (decision.answer === 'unknown')
      return unknown({ kind: 'aws/eks/AccessEntry', reason: 'an access policy whose rules are not known might allow it' })
    const account =
      daemonSet.body.spec?.template.spec?.serviceAccountName === undefined
        ? daemonSet.at(['metadata', 'name'], 'it names no service account')
        : daemonSet.at(['spec', 'template', 'spec', 'serviceAccountName'], 'the provider runs as this account')
    const stray = strayBinding(world, cluster, name)
    return fail({
      message: `provider ${daemonSet.id} runs as service account ${namespace}/${name}, which may not get serviceaccounts`,
      evidence: stray === undefined ? [account] : [stray.at('this binding is for an account of another namespace'), account],
      effect: `The provider cannot tell which role a pod asks for: serviceaccounts is forbidden: User "system:serviceaccount:${namespace}:${name}" cannot get resource "serviceaccounts".`,
      ...(stray === undefined
        ? {
            help: `Bind ClusterRole csi-secrets-store-provider-aws-cluster-role to service account ${namespace}/${name} with a ClusterRoleBinding.`,
          }
        : { fix: stray.fix(namespace) }),
    })
  },
})
