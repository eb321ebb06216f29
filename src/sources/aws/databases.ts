import type { DBCluster, DBClusterMessage, DBInstance, DBInstanceMessage, RDSClient } from '@aws-sdk/client-rds'
import { allPages } from './all-pages.ts'
import type { Part } from './gathering.ts'
import { wholeList, type ServiceReading } from './service-reading.ts'

const MaxRecords = 100

/** The instances of RDS of the region: 10 calls for 1,000. Changes that wait for a maintenance window are left out: a new password may be among them. */
export async function readDatabaseInstances(reading: ServiceReading): Promise<Part> {
  const { DescribeDBInstancesCommand } = await import('@aws-sdk/client-rds')
  const rds = await client(reading)
  const listed = await allPages<DBInstanceMessage, DBInstance>(
    Marker =>
      reading.ask('rds', 'DescribeDBInstances', request => rds.send(new DescribeDBInstancesCommand({ MaxRecords, Marker }), request)),
    page => page.DBInstances,
    page => page.Marker,
  )
  return wholeList(reading, 'aws/rds/DBInstance', listed, ({ PendingModifiedValues: _, ...body }) =>
    body.DBInstanceArn === undefined ? undefined : { body, call: `rds:DescribeDBInstances ${body.DBInstanceIdentifier}` },
  )
}

/** The clusters of RDS of the region, as the instances. */
export async function readDatabaseClusters(reading: ServiceReading): Promise<Part> {
  const { DescribeDBClustersCommand } = await import('@aws-sdk/client-rds')
  const rds = await client(reading)
  const listed = await allPages<DBClusterMessage, DBCluster>(
    Marker => reading.ask('rds', 'DescribeDBClusters', request => rds.send(new DescribeDBClustersCommand({ MaxRecords, Marker }), request)),
    page => page.DBClusters,
    page => page.Marker,
  )
  return wholeList(reading, 'aws/rds/DBCluster', listed, ({ PendingModifiedValues: _, ...body }) =>
    body.DBClusterArn === undefined ? undefined : { body, call: `rds:DescribeDBClusters ${body.DBClusterIdentifier}` },
  )
}

async function client({ options }: ServiceReading): Promise<RDSClient> {
  const { RDSClient: Client } = await import('@aws-sdk/client-rds')
  return new Client(options)
}
