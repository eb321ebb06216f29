import type { AwsKind } from '#model/kinds.ts'
import { readAlarms, readClusterMetrics } from './cloudwatch.ts'
import { readFunctions, readRepositories } from './code.ts'
import { readDatabaseClusters, readDatabaseInstances } from './databases.ts'
import { readEbsEncryption, readSnapshots, readVolumes } from './ebs.ts'
import { readAddonVersions } from './eks-addon-versions.ts'
import { readEventRules } from './event-rules.ts'
import { together, type Part } from './gathering.ts'
import { readGuardDuty } from './guardduty.ts'
import { readLogs } from './logs.ts'
import { readQueues, readTopics } from './messaging.ts'
import { readHub } from './security-hub.ts'
import { serviceReading, type ServiceReading } from './service-reading.ts'
import type { Session } from './session.ts'
import { readParameters } from './ssm-parameters.ts'
import type { Wanted } from './wanted.ts'

const readers: { readonly [K in AwsKind]?: (reading: ServiceReading) => Promise<Part> } = {
  'aws/cloudwatch/Alarm': readAlarms,
  'aws/cloudwatch/ClusterMetric': readClusterMetrics,
  'aws/ec2/EbsEncryptionByDefault': readEbsEncryption,
  'aws/ec2/Snapshot': readSnapshots,
  'aws/ec2/Volume': readVolumes,
  'aws/ecr/Repository': readRepositories,
  'aws/eks/AddonVersions': readAddonVersions,
  'aws/events/Rule': readEventRules,
  'aws/lambda/Function': readFunctions,
  'aws/rds/DBCluster': readDatabaseClusters,
  'aws/rds/DBInstance': readDatabaseInstances,
  'aws/securityhub/Hub': readHub,
  'aws/sns/Topic': readTopics,
  'aws/sqs/Queue': readQueues,
  'aws/ssm/Parameter': readParameters,
}

/** Storage, databases, logs, detection and messaging of one region: the kinds that are asked for, side by side. */
export async function readServices(
  session: Session,
  region: string,
  kinds: ReadonlySet<AwsKind>,
  clusters: readonly string[],
  wanted: Wanted = { roleArns: [] },
): Promise<Part> {
  const reading = serviceReading(session, region, clusters, wanted)
  const parts = [...kinds].flatMap(kind => readers[kind] ?? []).map(read => read(reading))
  return together(await Promise.all([...parts, readLogs(reading, kinds), readGuardDuty(reading, kinds)]))
}
