import type { UnreadFact } from '#base/errors.ts'
import { parseArn } from '#iam/arn.ts'
import type { Context } from '#iam/request.ts'
import type { Reader } from '#model/world.ts'
import { documentLayer, tried, unreadLayer, type PlacedLayer } from './access-documents.ts'

/** Where a caller stands in the network. */
export interface Network {
  readonly vpc: string
  readonly account: string
  readonly region: string
}

/** The way of a request to the service: the policy of the endpoint on it, and the keys that it sets. */
export interface Way {
  readonly policy: PlacedLayer | undefined
  readonly context: Context
}

type EndpointReader = Reader<'aws/ec2/VpcEndpoint'>

/** S3 and DynamoDB endpoints of the gateway type stand in route tables, which are not read. */
const uncertain = 'whether the request goes through a gateway endpoint depends on the route table'

/**
 * An endpoint with private DNS is on the way of every request of its VPC to the service.
 * https://docs.aws.amazon.com/vpc/latest/privatelink/interface-endpoints.html#enable-private-dns-names
 * @param given what the user says of `aws:SourceVpce`: an id, null for no endpoint, undefined for nothing
 */
export function wayTo(world: EndpointReader, action: string, network: Network | undefined, given: string | null | undefined): Way {
  if (given === null) return { policy: undefined, context: {} }
  if (given !== undefined) return { policy: policyOf(world, given), context: {} }
  if (network === undefined) return { policy: undefined, context: {} }
  const found = tried(() => world.where('aws/ec2/VpcEndpoint', 'vpc', network.vpc, { account: network.account, region: network.region }))
  if (found.is === 'unread') return { policy: unreadLayer(found.fact), context: {} }
  const names = serviceNames(action, network.region)
  const endpoints = found.value.filter(endpoint => names.has(endpoint.body.ServiceName ?? ''))
  const direct = endpoints.find(endpoint => endpoint.body.VpcEndpointType === 'Interface' && endpoint.body.PrivateDnsEnabled === true)
  if (direct !== undefined) {
    const context: Context = { 'aws:SourceVpce': direct.body.VpcEndpointId, 'aws:SourceVpc': network.vpc, 'aws:SourceIp': null }
    return { policy: policyOf(world, direct.body.VpcEndpointId), context }
  }
  if (endpoints.some(endpoint => endpoint.body.VpcEndpointType === 'Gateway')) {
    return {
      policy: unreadLayer({
        kind: 'aws/ec2/VpcEndpoint',
        reason: uncertain,
        settle: { by: 'user', step: 'say --set aws:SourceVpce=<id>, or =none' },
      }),
      context: {},
    }
  }
  return {
    policy: undefined,
    context: endpoints.length === 0 ? { 'aws:SourceVpce': null, 'aws:SourceVpc': null, 'aws:VpcSourceIp': null } : {},
  }
}

/** `com.amazonaws.eu-west-1.secretsmanager`; a few services have other names, and STS and KMS have FIPS ones beside. */
function serviceNames(action: string, region: string): ReadonlySet<string> {
  const service = action.slice(0, action.indexOf(':')).toLowerCase()
  const names = endpointNames[service] ?? [service]
  return new Set(
    names.flatMap(name => [
      `com.amazonaws.${region}.${name}`,
      `com.amazonaws.${region}.${name}-fips`,
      `cn.com.amazonaws.${region}.${name}`,
    ]),
  )
}

const endpointNames: Readonly<Record<string, readonly string[]>> = {
  ecr: ['ecr.api', 'ecr.dkr'],
  'execute-api': ['execute-api'],
  cloudwatch: ['monitoring'],
  elasticloadbalancing: ['elasticloadbalancing'],
  states: ['states', 'sync-states'],
}

function policyOf(world: EndpointReader, id: string): PlacedLayer {
  const unread: UnreadFact = {
    kind: 'aws/ec2/VpcEndpoint',
    id,
    reason: 'the policy of the endpoint was not read',
    settle: { by: 'iam', action: 'ec2:DescribeVpcEndpoints' },
  }
  const endpoint = world.seen('aws/ec2/VpcEndpoint').find(candidate => candidate.body.VpcEndpointId === id)
  return endpoint === undefined
    ? unreadLayer(unread)
    : documentLayer(endpoint, ['PolicyDocument'], endpoint.body.PolicyDocument, 'endpoint', `policy of VPC endpoint ${id}`, unread)
}

/** Where an EKS cluster's pods and nodes stand. */
export function networkOf(arn: string, vpc: string | undefined): Network | undefined {
  const parts = parseArn(arn)
  return vpc === undefined || parts === undefined ? undefined : { vpc, account: parts.account, region: parts.region }
}
