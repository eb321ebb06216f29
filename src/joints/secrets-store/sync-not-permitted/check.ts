import { defineCheck } from '#joints/define.ts'
import { assertWhole, clusterRbac, rbacKinds } from '#joints/rbac.ts'
import { workloadKinds } from '#joints/workloads.ts'
import { fail, pass, skip, unknown } from '#model/verdict.ts'
import { mayI } from '#rbac/decide.ts'
import { serviceAccountSubject } from '#rbac/subject.ts'
import { driversIn } from '../installed.ts'
import { mountedSyncs } from '../mounted-syncs.ts'

export default defineCheck({
  id: 'secrets-store/sync-not-permitted',
  title: 'A SecretProviderClass is to make Secrets, and the driver may not',
  severity: 'high',
  since: '0.1.0',
  subject: 'k8s/DaemonSet',
  reads: [...new Set([...workloadKinds, ...rbacKinds, 'k8s/SecretProviderClass'] as const)],
  sources: [
    'https://secrets-store-csi-driver.sigs.k8s.io/topics/sync-as-kubernetes-secret',
    'https://github.com/kubernetes-sigs/secrets-store-csi-driver/blob/v1.6.0/deploy/rbac-secretprovidersyncing.yaml',
  ],

  test({ subject: daemonSet, world }) {
    const cluster = 'cluster' in daemonSet.scope ? daemonSet.scope.cluster : ''
    const driver = driversIn(world, cluster).find(each => each.daemonSet === daemonSet)
    if (driver === undefined) return skip('it is not the driver')
    const [first] = mountedSyncs(world, cluster)
    if (first === undefined) return skip('no mounted class makes a Secret')
    const rbac = clusterRbac(world, cluster)
    const { namespace } = daemonSet.body.metadata
    const name = daemonSet.body.spec?.template.spec?.serviceAccountName ?? 'default'
    const subject = serviceAccountSubject(namespace, name)
    const asked = { resource: 'secrets', namespace: first.body.metadata.namespace }
    const decision = mayI(rbac.rbac, subject, { verb: 'create', ...asked })
    const makes = first.at(['spec', 'secretObjects'], 'this class is to make a Secret')
    if (decision.answer === 'allow') return pass(...rbac.grantEvidence(decision.grant, 'this lets the driver make Secrets'), makes)
    assertWhole(rbac)
    if (decision.answer === 'unknown')
      return unknown({ kind: 'aws/eks/AccessEntry', reason: 'an access policy whose rules are not known might allow it' })
    return fail({
      message: `SecretProviderClass ${first.id} makes Secret ${first.body.spec?.secretObjects?.[0]?.secretName ?? ''}, and service account ${namespace}/${name} of the driver may not create secrets`,
      evidence: [
        makes,
        daemonSet.body.spec?.template.spec?.serviceAccountName === undefined
          ? daemonSet.at(['metadata', 'name'], 'the driver runs as default')
          : daemonSet.at(['spec', 'template', 'spec', 'serviceAccountName'], 'the driver runs as this account'),
      ],
      effect:
        'The files are mounted and no Secret is made: pods that take it as variables do not start, and the log of the driver says: ensure syncSecret.enabled=true.',
      help: 'Set syncSecret.enabled in the chart of the driver (secrets-store-csi-driver.syncSecret.enabled in that of the provider and in the add-on). It lets the driver read and write every Secret of the cluster, so mount files where that will do.',
    })
  },
})
