import { defineCheck } from '#joints/define.ts'
import { workloadKinds } from '#joints/workloads.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { clusterOf } from '#model/resource.ts'
import { keysOf, targetOf, writersOf } from '../external-secrets.ts'
import { classKey } from '../mounts.ts'
import { settled } from '../settled.ts'
import { syncedSecrets } from '../synced-secrets.ts'
import { takersOf } from '../secret-takers.ts'

export default defineCheck({
  id: 'secrets-store/external-key-missing',
  title: 'A container takes a key of a Secret that its ExternalSecret does not write',
  severity: 'high',
  since: '0.1.0',
  subject: 'k8s/ExternalSecret',
  reads: [...workloadKinds, 'k8s/SecretProviderClass'],
  sources: [
    'https://external-secrets.io/latest/api/externalsecret/',
    'https://github.com/external-secrets/external-secrets/blob/main/pkg/controllers/externalsecret/externalsecret_controller_template.go',
    'https://kubernetes.io/docs/concepts/configuration/secret/#using-secrets-as-environment-variables',
  ],

  test({ subject: externalSecret, world }) {
    const target = targetOf(externalSecret)
    const keys = keysOf(externalSecret)
    if (target === undefined || keys === undefined)
      return skip('a template makes its keys, or they are read, or it only adds to what is there')
    const cluster = clusterOf(externalSecret)
    const { namespace } = externalSecret.body.metadata
    const secret = classKey(cluster, namespace, target)
    if ((writersOf(world).get(secret) ?? []).length > 1 || syncedSecrets(world).has(secret))
      return skip('something else writes the Secret too')
    const verdict = settled(
      takersOf(world).get(secret) ?? [],
      ({ workload, reference: { key, optional, path, container } }) => {
        if (key === undefined) return skip('all keys are taken')
        const at = [...path.slice(0, -1), ...(path.at(-1) === 'name' ? ['key'] : [path.at(-1) ?? ''])]
        const index = keys.indexOf(key)
        if (index >= 0)
          return pass(
            externalSecret.at(['spec', 'data', index, 'secretKey'], 'it writes the key'),
            workload.resource.at(at, `takes ${key}`),
          )
        if (optional) return skip('the key is optional')
        const who = container === undefined ? `a volume of ${workload.name}` : `container ${container} of ${workload.name}`
        return fail({
          message: `${who} takes key ${key} of Secret ${target}, and ExternalSecret ${externalSecret.id} writes ${keys.length === 0 ? 'none' : keys.join(', ')}`,
          evidence: [workload.resource.at(at, `takes ${key}`), externalSecret.at(['spec'], `this writes Secret ${target}`)],
          effect:
            container === undefined
              ? `The volume is not mounted: references non-existent secret key: ${key}.`
              : `The container does not start: couldn't find key ${key} in Secret ${namespace}/${target}.`,
          help: `Take one of the keys that the ExternalSecret writes, or add ${key} to its data.`,
          key: `${workload.name} ${key}`,
        })
      },
      'no workload takes the Secret',
    )
    if (verdict.is !== 'fail') for (const kind of workloadKinds) world.list(kind, { cluster, namespace })
    return verdict
  },
})
