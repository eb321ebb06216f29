import type { UnreadFact } from '#base/errors.ts'
import { tried } from './access-documents.ts'
import type { Declared, Place } from './access-declared.ts'
import type { Needed } from './access-minimal.ts'
import { readingStatements } from './secrets-store/least-privilege.ts'
import { storeKinds, storeText } from './secrets-store/secret-stores.ts'
import { firstRole, storeNeeds, storeUses, type StoreNeedsReader, type StoreUse } from './secrets-store/store-needs.ts'
import { workloadKinds } from './workloads.ts'

export const storeNeedsKinds = [
  ...workloadKinds,
  ...storeKinds,
  'aws/kms/Key',
  'aws/secretsmanager/Secret',
  'aws/ssm/Parameter',
  'k8s/ExternalSecret',
] as const

/**
 * What stores of External Secrets take of the service account as which they ask: to read what is asked for through them, or to assume the role that reads.
 * https://external-secrets.io/latest/provider/aws-access/
 */
export function readThroughStores(world: StoreNeedsReader, place: Place): Declared {
  const { cluster, namespace, serviceAccount: name } = place
  const uses = storeUses(world, { cluster, namespace, name })
  const byStore = [...Map.groupBy(uses, ({ store }) => store).values()]
  const parts = byStore.map(same => ofStore(world, place, same))
  // What others ask for through the same stores may not have been seen.
  const lists = uses.length === 0 ? [] : [tried(() => world.list('k8s/ExternalSecret', { cluster })), ...storeLists(world, cluster)]
  return {
    needed: parts.flatMap(({ needed }) => needed),
    unread: [...parts.flatMap(({ unread }) => unread), ...lists.flatMap(list => (list.is === 'unread' ? [list.fact] : []))],
  }
}

const storeLists = (world: StoreNeedsReader, cluster: string) => [
  tried(() => world.list('k8s/SecretStore', { cluster })),
  tried(() => world.list('k8s/ClusterSecretStore', { cluster })),
]

function ofStore(world: StoreNeedsReader, place: Place, uses: readonly StoreUse[]): Declared {
  const [first] = uses
  if (first === undefined) return { needed: [], unread: [] }
  const role = firstRole(first.aws)
  if (role !== undefined) return { needed: [assumes(first, role)], unread: [] }
  const { needs, unread } = storeNeeds(world, uses, place)
  const names = [...new Set(uses.flatMap(({ asked, externalSecret }) => (asked === undefined ? [] : [externalSecret.id])))].join(', ')
  const why = `ExternalSecret ${names} through ${storeText(first.store)}`
  const needed = readingStatements(needs, false, 'ssm:GetParameter').map(({ Sid: _, ...statement }) => ({
    statement,
    reason: statement.Action === 'kms:Decrypt' ? `${why}, and what it reads is encrypted with this key` : why,
  }))
  return { needed, unread: [...unread, ...uses.flatMap(use => (use.asked === undefined ? [searched(use)] : []))] }
}

function assumes({ store, aws }: StoreUse, role: string): Needed {
  const { role: last, sessionTags = [], sessionTagsPolicy = 'None' } = aws
  const tags = last === role && (sessionTags.length > 0 || sessionTagsPolicy !== 'None')
  const Action = tags ? ['sts:AssumeRole', 'sts:TagSession'] : 'sts:AssumeRole'
  return { statement: { Effect: 'Allow', Action, Resource: role }, reason: `${storeText(store)} assumes this role` }
}

const searched = ({ externalSecret }: StoreUse): UnreadFact => ({
  kind: 'k8s/ExternalSecret',
  id: externalSecret.id,
  reason: 'what dataFrom.find finds is told nowhere',
  settle: {
    by: 'user',
    step: 'name the secrets with dataFrom.extract or data, or add secretsmanager:ListSecrets and BatchGetSecretValue by hand',
  },
})
