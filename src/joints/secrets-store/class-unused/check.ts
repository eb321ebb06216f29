import { defineCheck } from '#joints/define.ts'
import { workloadKinds } from '#joints/workloads.ts'
import { targetOf } from '#model/change.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { isAws } from '../classes.ts'
import { classKey, mountEvidence, mountsByClass } from '../mounts.ts'

export default defineCheck({
  id: 'secrets-store/class-unused',
  title: 'No workload mounts a SecretProviderClass',
  severity: 'low',
  since: '0.1.0',
  subject: 'k8s/SecretProviderClass',
  reads: workloadKinds,
  sources: ['https://secrets-store-csi-driver.sigs.k8s.io/concepts#secretproviderclass'],

  test({ subject: secretProviderClass, world }) {
    if (!isAws(secretProviderClass)) return skip('it is of another provider')
    const { namespace, name } = secretProviderClass.body.metadata
    const cluster = 'cluster' in secretProviderClass.scope ? secretProviderClass.scope.cluster : ''
    const [mount] = mountsByClass(world).get(classKey(cluster, namespace, name)) ?? []
    if (mount !== undefined) return pass(mountEvidence(mount, `${mount.workload.name} mounts it`))
    for (const kind of workloadKinds) world.list(kind, { cluster, namespace })
    return fail({
      message: `no workload of namespace ${namespace} mounts SecretProviderClass ${name}`,
      evidence: [secretProviderClass.at(['metadata', 'name'], 'nothing mounts it')],
      effect:
        (secretProviderClass.body.spec?.secretObjects ?? []).length > 0
          ? 'The Secrets that it is to make are not made.'
          : 'Nothing is mounted by it; whoever may make pods in the namespace can mount what it names.',
      fix: {
        title: `delete SecretProviderClass ${name}`,
        safe: false,
        changes: [
          {
            target: targetOf(secretProviderClass),
            edit: { do: 'delete', body: secretProviderClass.body },
            permissions: ['delete secretproviderclasses'],
            risk: 'Pods that are made seldom, by hand or by a job that is gone for now, may mount it.',
          },
        ],
      },
    })
  },
})
