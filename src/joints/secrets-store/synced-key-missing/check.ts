import { defineCheck } from '#joints/define.ts'
import { workloadKinds } from '#joints/workloads.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { settled } from '../settled.ts'
import { assertMakersRead, referencesTo } from '../synced-secrets.ts'

export default defineCheck({
  id: 'secrets-store/synced-key-missing',
  title: 'A container takes a key of a synced Secret that its SecretProviderClass does not make',
  severity: 'high',
  since: '0.1.0',
  subject: 'workload',
  reads: [...workloadKinds, 'k8s/SecretProviderClass'],
  sources: [
    'https://secrets-store-csi-driver.sigs.k8s.io/topics/set-as-env-var',
    'https://kubernetes.io/docs/concepts/configuration/secret/#using-secrets-as-environment-variables',
  ],

  test({ subject: workload, world }) {
    // Another class of the namespace may make the same Secret.
    assertMakersRead(world, workload)
    return settled(
      referencesTo(world, workload),
      ({ reference: { key, optional, secretName, path, container }, made }) => {
        if (key === undefined) return skip('it takes all keys')
        const keys = new Set(made.flatMap(each => [...each.keys]))
        const [first] = made
        if (first === undefined) return skip('no class makes the Secret')
        const makes = first.secretProviderClass.at(['spec', 'secretObjects', first.index], `this class makes Secret ${secretName}`)
        if (keys.has(key)) return pass(workload.resource.at(path, 'a key that the class makes'), makes)
        if (optional) return skip('the key is optional')
        const who = container === undefined ? `a volume of ${workload.name}` : `container ${container} of ${workload.name}`
        return fail({
          message: `${who} takes key ${key} of Secret ${secretName}, and SecretProviderClass ${first.secretProviderClass.body.metadata.name} makes ${[...keys].join(', ')}`,
          evidence: [
            workload.resource.at([...path.slice(0, -1), ...(path.at(-1) === 'name' ? ['key'] : [path.at(-1) ?? ''])], `takes ${key}`),
            makes,
          ],
          effect:
            container === undefined
              ? `The volume is not mounted: references non-existent secret key: ${key}.`
              : `The container does not start: couldn't find key ${key} in Secret ${workload.namespace}/${secretName}.`,
          help: `Take one of the keys that the class makes, or add ${key} to its secretObjects.`,
          key: `${secretName} ${key}`,
        })
      },
      'it takes no Secret that a class makes',
    )
  },
})
