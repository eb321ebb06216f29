import type { AwsKind } from '#model/kinds.ts'
import { scopeOfArn } from '#model/world.ts'
import { readInstances } from './ec2-instances.ts'
import { readVpcEndpoints } from './ec2-vpc-endpoints.ts'
import type { NamedCluster } from './eks-clusters.ts'
import { nothing, together, type Part } from './gathering.ts'
import { readKeys } from './kms-keys.ts'
import { readBuckets } from './s3-buckets.ts'
import { readSecrets } from './secrets.ts'
import { readServices } from './services.ts'
import type { Session } from './session.ts'
import type { Wanted } from './wanted.ts'

interface Options {
  readonly clusters: readonly NamedCluster[]
  readonly wanted?: Wanted
}

/** What lives in regions, in those of the clusters, and the account's buckets. */
export async function readResources(session: Session, kinds: ReadonlySet<AwsKind>, options: Options): Promise<Part> {
  const { wanted } = options
  const here = options.clusters.filter(({ account }) => account === undefined || account === session.account)
  const regions = [...new Set(here.length === 0 ? [session.region] : here.map(({ region = session.region }) => region))]
  const parts = regions.map(region => readRegion(session, region, kinds, { clusters: here, ...(wanted === undefined ? {} : { wanted }) }))
  const buckets = kinds.has('aws/s3/Bucket') ? readBuckets(session, wanted?.buckets ?? []) : nothing
  return together(await Promise.all([...parts, buckets]))
}

async function readRegion(session: Session, region: string, kinds: ReadonlySet<AwsKind>, { clusters, wanted }: Options): Promise<Part> {
  const names = clusters.filter(cluster => (cluster.region ?? session.region) === region).map(({ name }) => name)
  const instances = { clusters: names, ...(wanted?.instances === undefined ? {} : { ids: wanted.instances }) }
  const secrets = kinds.has('aws/secretsmanager/Secret')
    ? await readSecrets(session, region, wanted?.secrets && inRegion(session, region, wanted.secrets))
    : nothing
  const keys = wanted?.keys && [...new Set([...inRegion(session, region, wanted.keys), ...keysOf(secrets)])]
  const others = await Promise.all([
    kinds.has('aws/ec2/Instance') ? readInstances(session, region, instances) : nothing,
    kinds.has('aws/ec2/VpcEndpoint') ? readVpcEndpoints(session, region) : nothing,
    kinds.has('aws/kms/Key') ? readKeys(session, region, keys) : nothing,
    readServices(session, region, kinds, names, wanted),
  ])
  return together([secrets, ...others])
}

/** What is named by ARN is in the region that the ARN says; names and ids may be of any. */
function inRegion(session: Session, region: string, named: readonly string[]): readonly string[] {
  return named.filter(name => {
    const scope = scopeOfArn(name)
    return scope === undefined || ('account' in scope && scope.account === session.account && scope.region === region)
  })
}

/** Whoever reads a secret needs its key as well. */
const keysOf = ({ resources }: Part): readonly string[] =>
  resources.flatMap(({ kind, body }) => {
    const key = kind === 'aws/secretsmanager/Secret' ? (body as { readonly KmsKeyId?: string }).KmsKeyId : undefined
    return key ?? []
  })
