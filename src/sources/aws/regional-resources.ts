import type { AwsKind } from '#model/kinds.ts'
import { scopeOfArn } from '#model/world.ts'
import { readInstances } from './ec2-instances.ts'
import { readVpcEndpoints } from './ec2-vpc-endpoints.ts'
import type { NamedCluster } from './eks-clusters.ts'
import { nothing, together, type Part } from './gathering.ts'
import { readKeys } from './kms-keys.ts'
import { readBuckets } from './s3-buckets.ts'
import { readSecrets } from './secrets.ts'
import { serviceReading } from './service-reading.ts'
import { readServices } from './services.ts'
import type { Session } from './session.ts'
import { readParameters } from './ssm-parameters.ts'
import type { NamedInRegion, Wanted } from './wanted.ts'

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
  const farther = (wanted?.regions ?? []).filter(({ region }) => !regions.includes(region)).map(named => readNamed(session, kinds, named))
  const buckets = kinds.has('aws/s3/Bucket') ? readBuckets(session, wanted?.buckets ?? []) : nothing
  return together(await Promise.all([...parts, ...farther, buckets]))
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
    readKeys(session, region, kinds, keys),
    readServices(session, region, kinds, names, wanted),
  ])
  return together([secrets, ...others])
}

/** A region that the account has not enabled ends no scan: what is named there is unread. */
async function readNamed(session: Session, kinds: ReadonlySet<AwsKind>, { region, secrets, parameters }: NamedInRegion): Promise<Part> {
  const reading = serviceReading(session, region, [], { roleArns: [], parameters })
  const there = { ...session, ask: reading.ask }
  const stored = together(
    await Promise.all([
      kinds.has('aws/secretsmanager/Secret') ? readSecrets(there, region, inRegion(session, region, secrets)) : nothing,
      kinds.has('aws/ssm/Parameter') ? readParameters(reading) : nothing,
    ]),
  )
  return together([stored, await readKeys(there, region, kinds, [...new Set(keysOf(stored))])])
}

/** What is named by ARN is in the region that the ARN says; names and ids may be of any. */
function inRegion(session: Session, region: string, named: readonly string[]): readonly string[] {
  return named.filter(name => {
    const scope = scopeOfArn(name)
    return scope === undefined || ('account' in scope && scope.account === session.account && scope.region === region)
  })
}

/** Whoever reads a secret or a parameter needs its key as well; that of AWS's own needs no look. */
const keysOf = ({ resources }: Part): readonly string[] =>
  resources
    .flatMap(({ body }) => {
      const { KmsKeyId, KeyId } = body as { readonly KmsKeyId?: string; readonly KeyId?: string }
      return KmsKeyId ?? KeyId ?? []
    })
    .filter(key => !/(?:^|:)alias\/aws\//.test(key))
