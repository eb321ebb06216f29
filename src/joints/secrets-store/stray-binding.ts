import { setting, targetOf } from '#model/change.ts'
import type { Evidence } from '#model/resource.ts'
import type { Fix } from '#model/verdict.ts'
import type { Reader } from '#model/world.ts'

/** A binding for a service account of the same name in another namespace: what an installer leaves that was moved. */
export interface StrayBinding {
  at(label: string): Evidence
  fix(namespace: string): Fix
}

/** https://github.com/kubernetes-sigs/secrets-store-csi-driver/issues/1399 */
export function strayBinding(world: Reader<'k8s/ClusterRoleBinding'>, cluster: string, account: string): StrayBinding | undefined {
  for (const binding of world.list('k8s/ClusterRoleBinding', { cluster })) {
    const index = (binding.body.subjects ?? []).findIndex(({ kind, name }) => kind === 'ServiceAccount' && name === account)
    if (index < 0 || !/provider-aws|secrets-store/.test(binding.body.metadata.name)) continue
    const path = ['subjects', index, 'namespace']
    return {
      at: label => binding.at(binding.body.subjects?.[index]?.namespace === undefined ? ['subjects', index, 'name'] : path, label),
      fix: namespace => ({
        title: `bind ${binding.body.metadata.name} to ${namespace}/${account}`,
        safe: false,
        changes: [
          {
            target: targetOf(binding),
            edit: setting(binding, path, namespace),
            permissions: ['patch clusterrolebindings'],
            risk: 'The account of the other namespace loses what the binding gives.',
          },
        ],
      }),
    }
  }
  return undefined
}
