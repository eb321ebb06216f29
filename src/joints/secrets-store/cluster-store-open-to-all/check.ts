import { tried } from '#joints/access-documents.ts'
import { defineCheck } from '#joints/define.ts'
import { setting, targetOf } from '#model/change.ts'
import { clusterOf, type Resource } from '#model/resource.ts'
import { fail, pass, skip, unknown, type Fail } from '#model/verdict.ts'
import type { Reader } from '#model/world.ts'
import { externalKinds } from '../external-reads.ts'
import type { Reach } from '../readable-secrets.ts'
import { askerOf } from '../reads.ts'
import { awsOf, isOpen, usesOf, type AwsStore, type StoreReader } from '../secret-stores.ts'
import { storeSession } from '../store-identity.ts'
import { reachOf } from '../store-reach.ts'

type ClusterStore = Resource<'k8s/ClusterSecretStore'>

export default defineCheck({
  id: 'secrets-store/cluster-store-open-to-all',
  title: 'Every namespace may read secrets of AWS through a ClusterSecretStore',
  severity: 'high',
  since: '0.1.0',
  subject: 'k8s/ClusterSecretStore',
  reads: externalKinds,
  sources: [
    'https://external-secrets.io/latest/guides/multi-tenancy/',
    'https://external-secrets.io/latest/guides/security-best-practices/',
    'https://external-secrets.io/latest/api/clustersecretstore/',
  ],

  test({ subject: store, world }) {
    const aws = awsOf(store)
    if (aws === undefined) return skip('the store is of another provider')
    if (aws.service === 'CertificateManager') return skip('the store is of CertificateManager')
    if (!isOpen(store)) return pass(store.at(['spec', 'conditions'], 'the store says which namespaces it is for'))
    if (isOfEachNamespace(aws)) return pass(store.at(['spec', 'provider', 'aws', 'auth'], 'each namespace asks with what is its own'))
    // Where the store tells AWS the namespace, policies may tell namespaces apart: what any other one reads.
    const mechanism = storeSession(world, store, anyNamespace)
    if (mechanism === undefined) return skip('its service account has no role: secrets-store/store-identity-missing says so')
    const asker = askerOf(world, mechanism)
    if (asker.is === 'unknown') return unknown(asker.fact)
    if (asker.is === 'none') return skip(asker.why)
    const { found, unread } = reachOf(world, asker, aws)
    const [first] = found
    if (first === undefined)
      return unread === undefined ? pass(asker.role.at(['RoleName'], 'it reads none of what there is')) : unknown(unread)
    const names = listed(found)
    return fail({
      message: `ClusterSecretStore ${store.id} is open to every namespace, and reads ${names} by role ${asker.role.body.RoleName}`,
      evidence: [
        (store.body.spec.conditions ?? []).length === 0
          ? store.at(['spec'], 'no conditions: it is for every namespace')
          : store.at(['spec', 'conditions'], 'one of these holds of every namespace'),
        ...mechanism.steps.flatMap(({ at }) => at ?? []).slice(-1),
        first.at ?? asker.role.at(['RoleName'], 'its policies allow it'),
        ...found.slice(0, 3).map(({ stored }) => stored.at(['Name'], 'it reads this')),
      ],
      effect: `Whoever may make an ExternalSecret in any namespace reads ${names} with it, whatever role its own pods have.`,
      ...narrowing(world, store),
    })
  },
})

/** Of no use of the store: a namespace that every cluster has. */
const anyNamespace = 'default'

/** A service account or keys without a namespace are of the namespace of the ExternalSecret. */
function isOfEachNamespace({ auth }: AwsStore): boolean {
  if (auth?.jwt?.serviceAccountRef !== undefined) return auth.jwt.serviceAccountRef.namespace === undefined
  return auth?.secretRef !== undefined && auth.secretRef.accessKeyIDSecretRef?.namespace === undefined
}

function listed(found: Reach['found']): string {
  const names = found.map(({ stored }) => stored.body.Name)
  return names.length > 3 ? `${names.slice(0, 2).join(', ')} and ${names.length - 2} others` : names.join(' and ')
}

/** The namespaces that use it now, where all of them are known. */
function narrowing(world: Reader<'k8s/ExternalSecret'> & StoreReader, store: ClusterStore): Pick<Fail, 'fix' | 'help'> {
  const all = tried(() => world.list('k8s/ExternalSecret', { cluster: clusterOf(store) }))
  const namespaces = [...usesOf(world, store).keys()].sort()
  if (all.is === 'unread' || namespaces.length === 0)
    return { help: 'Name the namespaces that it is for in spec.conditions, or make a SecretStore with a role of its own in each.' }
  const change = {
    target: targetOf(store),
    edit: setting(store, ['spec', 'conditions'], [{ namespaces }]),
    permissions: ['patch clustersecretstores'],
    risk: 'ExternalSecrets that other namespaces make later, and PushSecrets of other namespaces, are refused until they are named too.',
  }
  return {
    fix: { title: `let ${namespaces.join(', ')} alone read through ClusterSecretStore ${store.id}`, safe: false, changes: [change] },
  }
}
