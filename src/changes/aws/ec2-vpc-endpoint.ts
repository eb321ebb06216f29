import type { ModifyVpcEndpointRequest, VpcEndpoint, VpcEndpointType } from '@aws-sdk/client-ec2'
import { RemoteError, UserError } from '#base/errors.ts'
import type { Target } from '#model/change.ts'
import { sameValue } from '#model/comparison.ts'
import type { Kinds } from '#model/kinds.ts'
import { plannedIn } from '#model/planned-id.ts'
import type { Live, Writer } from '../writer.ts'
import { call, found, lastOf, ownerTag, type AwsAccess } from './aws-access.ts'
import { ec2Of, type Ec2 } from './clients.ts'

type Endpoint = Kinds['aws/ec2/VpcEndpoint']

/**
 * Interface endpoints of a VPC. One that does not exist yet goes by `planned:aws/ec2/VpcEndpoint:VPC/SERVICE`: a VPC has one with the private name of
 * a service at most.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpcEndpoint.html
 */
export function vpcEndpointWriter(access: AwsAccess): Writer<'aws/ec2/VpcEndpoint'> {
  const connected = ec2Of(access)
  return {
    read: async target => read(await connected(), target),
    create: async (_target, body) => create(await connected(), body),
    update: async (target, before, after) => update(await connected(), target, before.body, after),
    delete: async target => remove(await connected(), target),
    idOf: async target => (await endpointOf(await connected(), target))?.VpcEndpointId,
    isReady: ({ body }) => isReady(body),
  }
}

/** EC2 tells of endpoints for a while after they are gone. */
const gone: ReadonlySet<string> = new Set(['deleted', 'deleting'])

async function endpointOf({ ec2, commands }: Ec2, { id }: Target): Promise<VpcEndpoint | undefined> {
  const [vpc = '', ...service] = plannedIn(id)?.name.split('/') ?? []
  const input =
    plannedIn(id) === undefined
      ? { VpcEndpointIds: [lastOf(id)] }
      : {
          Filters: [
            { Name: 'vpc-id', Values: [vpc] },
            { Name: 'service-name', Values: [service.join('/')] },
          ],
        }
  const answer = await found('ec2', 'DescribeVpcEndpoints', () => ec2.send(new commands.DescribeVpcEndpointsCommand(input)))
  return answer?.VpcEndpoints?.find(({ State }) => !gone.has(State?.toLowerCase() ?? ''))
}

/** By whatever id it is asked for, by that id it is known. */
async function read(client: Ec2, target: Target): Promise<Live<'aws/ec2/VpcEndpoint'> | undefined> {
  const endpoint = await endpointOf(client, target)
  if (endpoint === undefined) return undefined
  const { CreationTimestamp: _made, PolicyDocument, ...rest } = endpoint
  const id = plannedIn(target.id) === undefined ? endpoint.VpcEndpointId : target.id
  const policy = PolicyDocument === undefined ? {} : { PolicyDocument: JSON.parse(PolicyDocument) as unknown }
  return { body: { ...rest, ...policy, VpcEndpointId: id, Arn: target.id } as unknown as Endpoint }
}

const groupIds = ({ Groups = [] }: Endpoint): string[] => Groups.flatMap(({ GroupId }) => GroupId ?? [])

async function create({ ec2, commands }: Ec2, body: Endpoint): Promise<void> {
  const { VpcId, ServiceName, SubnetIds = [], PrivateDnsEnabled, PolicyDocument, Tags = [] } = body
  const input = {
    VpcId,
    ServiceName,
    VpcEndpointType: body.VpcEndpointType as VpcEndpointType,
    SubnetIds: [...SubnetIds],
    SecurityGroupIds: groupIds(body),
    PrivateDnsEnabled,
    ...(PolicyDocument === undefined ? {} : { PolicyDocument: JSON.stringify(PolicyDocument) }),
    TagSpecifications: [
      { ResourceType: 'vpc-endpoint' as const, Tags: [...Tags.filter(({ Key }) => Key !== ownerTag.Key), ownerTag] as (typeof ownerTag)[] },
    ],
  }
  await call('ec2', 'CreateVpcEndpoint', () => ec2.send(new commands.CreateVpcEndpointCommand(input)))
}

const changeable: ReadonlySet<string> = new Set(['Groups', 'PolicyDocument', 'PrivateDnsEnabled', 'SubnetIds'])

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyVpcEndpoint.html */
async function update({ ec2, commands }: Ec2, target: Target, before: Endpoint, after: Endpoint): Promise<void> {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])] as (keyof Endpoint)[]
  const fixed = names.find(name => !changeable.has(name) && !sameValue(before[name], after[name]))
  if (fixed !== undefined) throw new UserError('CHANGE_CONFLICT', `the ${fixed} of an endpoint cannot change so`, { help: 'plan again' })
  const VpcEndpointId = (await endpointOf({ ec2, commands }, target))?.VpcEndpointId
  if (VpcEndpointId === undefined) throw new UserError('CHANGE_CONFLICT', `${target.id} does not exist`, { help: 'plan again' })
  const subnets = difference(before.SubnetIds, after.SubnetIds)
  const groups = difference(groupIds(before), groupIds(after))
  const input: ModifyVpcEndpointRequest = {
    VpcEndpointId,
    ...(subnets.more.length === 0 ? {} : { AddSubnetIds: subnets.more }),
    ...(subnets.fewer.length === 0 ? {} : { RemoveSubnetIds: subnets.fewer }),
    ...(groups.more.length === 0 ? {} : { AddSecurityGroupIds: groups.more }),
    ...(groups.fewer.length === 0 ? {} : { RemoveSecurityGroupIds: groups.fewer }),
    ...(before.PrivateDnsEnabled === after.PrivateDnsEnabled ? {} : { PrivateDnsEnabled: after.PrivateDnsEnabled }),
    ...(sameValue(before.PolicyDocument, after.PolicyDocument) ? {} : policyInput(after.PolicyDocument)),
  }
  await call('ec2', 'ModifyVpcEndpoint', () => ec2.send(new commands.ModifyVpcEndpointCommand(input)))
}

/** Without a policy of its own an endpoint has that of AWS, which allows everything. */
const policyInput = (policy: unknown): Pick<ModifyVpcEndpointRequest, 'PolicyDocument' | 'ResetPolicy'> =>
  policy === undefined || policy === null ? { ResetPolicy: true } : { PolicyDocument: JSON.stringify(policy) }

const difference = (before: readonly string[] = [], after: readonly string[] = []) => ({
  more: after.filter(id => !before.includes(id)),
  fewer: before.filter(id => !after.includes(id)),
})

/** What EC2 does not delete it tells in an answer that succeeds. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteVpcEndpoints.html */
async function remove(client: Ec2, target: Target): Promise<void> {
  const { ec2, commands } = client
  const VpcEndpointId = (await endpointOf(client, target))?.VpcEndpointId
  if (VpcEndpointId === undefined) return
  const input = { VpcEndpointIds: [VpcEndpointId] }
  const { Unsuccessful = [] } = await call('ec2', 'DeleteVpcEndpoints', () => ec2.send(new commands.DeleteVpcEndpointsCommand(input)))
  const [refused] = Unsuccessful
  if (refused === undefined) return
  const { Code: code = 'Unknown', Message = code } = refused.Error ?? {}
  throw new RemoteError(`ec2:DeleteVpcEndpoints: ${Message}`, { service: 'ec2', operation: 'DeleteVpcEndpoints', code, retryable: false })
}

const broken: ReadonlySet<string> = new Set(['expired', 'failed', 'rejected'])

/** @throws UserError `ENDPOINT_FAILED` with what EC2 says of it */
function isReady({ VpcEndpointId, State, LastError }: Endpoint): boolean {
  const state = State?.toLowerCase() ?? 'of no state'
  if (!broken.has(state)) return state === 'available'
  throw new UserError(
    'ENDPOINT_FAILED',
    `endpoint ${VpcEndpointId} is ${state}${LastError?.Message === undefined ? '' : `: ${LastError.Message}`}`,
    {
      help: 'mend what EC2 names and delete the endpoint, then apply again',
    },
  )
}
