import { does } from '#joints/component-versions/define.ts'
import { secretsStoreDriver } from '#joints/component-versions/secrets-store.ts'
import { defineCheck } from '#joints/define.ts'
import { targetOf } from '#model/change.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { driversIn, versionOf } from '../installed.ts'

/** https://github.com/kubernetes-sigs/secrets-store-csi-driver/blob/v1.5.6/manifest_staging/charts/secrets-store-csi-driver/templates/role-rotation_binding.yaml */
const names = /^(?:.*-)?(?:secretproviderrotation|secretprovidertokenrequest)[\w-]*binding$/

export default defineCheck({
  id: 'secrets-store/rotation-rbac-left-over',
  title: 'The driver keeps rights that its version no longer needs',
  severity: 'low',
  since: '0.1.0',
  subject: 'k8s/ClusterRoleBinding',
  reads: ['k8s/DaemonSet'],
  sources: [
    'https://github.com/kubernetes-sigs/secrets-store-csi-driver/releases/tag/v1.6.0',
    'https://kubernetes.io/docs/concepts/security/rbac-good-practices/',
  ],

  test({ subject: binding, world }) {
    if (!names.test(binding.body.metadata.name)) return skip('it is not one of the rotation of the driver')
    const cluster = 'cluster' in binding.scope ? binding.scope.cluster : ''
    const [driver] = driversIn(world, cluster)
    if (driver === undefined) return skip('the cluster has no driver')
    if (!does(secretsStoreDriver, versionOf(driver), 'rotates-by-republish'))
      return pass(driver.image('this version needs it'), binding.at(['metadata', 'name'], 'for its rotation'))
    return fail({
      message: `ClusterRoleBinding ${binding.body.metadata.name} gives the driver rights of a controller that its version does not have`,
      evidence: [binding.at(['roleRef', 'name'], 'these rights'), driver.image('since 1.6.0 the kubelet asks for each renewal')],
      effect: 'The driver may read Secrets or make tokens for nothing: whoever takes over its pod on one node has that right.',
      fix: {
        title: `delete ClusterRoleBinding ${binding.body.metadata.name}`,
        safe: false,
        changes: [
          {
            target: targetOf(binding),
            edit: { do: 'delete', body: binding.body },
            permissions: ['delete clusterrolebindings'],
            risk: 'A Helm release of the old version that is rolled back to needs it again.',
          },
        ],
      },
    })
  },
})
