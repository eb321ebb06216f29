import { expect, test } from 'vitest'
import type { Kinds } from '#model/kinds.ts'
import { plannedId } from '#model/planned-id.ts'
import { error, plainXml, stubAws, stubEnvironment, type Answer, type Call } from '../../../tests/sources/stub-aws.ts'
import type { AwsAccess } from './aws-access.ts'
import { vpcEndpointWriter } from './ec2-vpc-endpoint.ts'

stubEnvironment()

const access: AwsAccess = {
  account: '111122223333',
  partition: 'aws',
  region: 'eu-west-1',
  clientOptions: { region: 'eu-west-1', credentials: { accessKeyId: 'AKIDOWN', secretAccessKey: 'secret' } },
}
type Endpoint = Kinds['aws/ec2/VpcEndpoint']
const service = 'com.amazonaws.eu-west-1.guardduty-data'
const planned = plannedId('aws/ec2/VpcEndpoint', `vpc-1/${service}`)
const target = { kind: 'aws/ec2/VpcEndpoint', id: planned, scope: { account: '111122223333', region: 'eu-west-1' } } as const
const policy = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: '*', Action: 'guardduty:SendSecurityTelemetry', Resource: '*' }],
}

const item = (
  id: string,
  state: string,
) => `<item><vpcEndpointId>${id}</vpcEndpointId><vpcEndpointType>Interface</vpcEndpointType><vpcId>vpc-1</vpcId>
<serviceName>${service}</serviceName><state>${state}</state><policyDocument>${JSON.stringify(policy).replaceAll('"', '&quot;')}</policyDocument><routeTableIdSet/>
<subnetIdSet><item>subnet-1</item></subnetIdSet><groupSet><item><groupId>sg-1</groupId><groupName>agents</groupName></item></groupSet>
<privateDnsEnabled>true</privateDnsEnabled><creationTimestamp>2026-11-20T09:00:00.000Z</creationTimestamp></item>`

/** One that is being deleted stands before the one that is there. */
const described = (...items: readonly string[]) =>
  plainXml('DescribeVpcEndpointsResponse', `<vpcEndpointSet>${items.join('')}</vpcEndpointSet>`)

const answering =
  (others: (call: Call) => Answer = ({ name }) => plainXml(`${name.slice(4)}Response`, '<return>true</return>')) =>
  (call: Call): Answer => {
    if (call.name !== 'ec2:DescribeVpcEndpoints') return others(call)
    const isNamed = call.parameters.get('Filter.2.Value.1') === service || call.parameters.get('VpcEndpointId.1') === 'vpce-2'
    return isNamed ? described(item('vpce-1', 'deleting'), item('vpce-2', 'pending')) : described()
  }

test('a planned endpoint is found by its VPC and service, one that goes is gone, and its policy is a document', async () => {
  const calls = await stubAws(answering())
  const writer = vpcEndpointWriter(access)
  const live = await writer.read(target)
  expect(live?.body).toMatchObject({ VpcEndpointId: planned, Arn: planned, PolicyDocument: policy, Groups: [{ GroupId: 'sg-1' }] })
  expect(Object.fromEntries(calls[0]?.parameters ?? [])).toMatchObject({ 'Filter.1.Name': 'vpc-id', 'Filter.1.Value.1': 'vpc-1' })
  expect(live !== undefined && writer.isReady?.(live)).toBe(false)
  expect(await writer.idOf?.(target)).toBe('vpce-2')
  const arn = 'arn:aws:ec2:eu-west-1:111122223333:vpc-endpoint/vpce-2'
  expect((await writer.read({ ...target, id: arn }))?.body).toMatchObject({ VpcEndpointId: 'vpce-2', Arn: arn })
  await stubAws(() => error('InvalidVpcEndpointId.NotFound', 'no', 400))
  expect(await writer.read({ ...target, id: arn.replace('vpce-2', 'vpce-9') })).toBeUndefined()
})

test('it is made whole in one call, with its owner’s tag', async () => {
  const calls = await stubAws(answering())
  const body = {
    VpcEndpointType: 'Interface',
    ServiceName: service,
    VpcId: 'vpc-1',
    SubnetIds: ['subnet-1', 'subnet-2'],
    Groups: [{ GroupId: 'sg-1' }],
    PrivateDnsEnabled: true,
    PolicyDocument: policy,
  }
  await vpcEndpointWriter(access).create(target, body as unknown as Endpoint)
  expect(Object.fromEntries(calls[0]?.parameters ?? [])).toMatchObject({
    Action: 'CreateVpcEndpoint',
    VpcId: 'vpc-1',
    ServiceName: service,
    VpcEndpointType: 'Interface',
    'SubnetId.1': 'subnet-1',
    'SubnetId.2': 'subnet-2',
    'SecurityGroupId.1': 'sg-1',
    PrivateDnsEnabled: 'true',
    PolicyDocument: JSON.stringify(policy),
    'TagSpecification.1.ResourceType': 'vpc-endpoint',
    'TagSpecification.1.Tag.1.Key': 'managed-by',
    'TagSpecification.1.Tag.1.Value': 'mortise',
  })
})

test('what can be changed is changed in one call, by what comes and what goes; the service cannot', async () => {
  const calls = await stubAws(answering())
  const writer = vpcEndpointWriter(access)
  const before = await writer.read(target)
  if (before === undefined) throw new Error('there is no endpoint')
  const after = {
    ...before.body,
    SubnetIds: ['subnet-2'],
    Groups: [{ GroupId: 'sg-2' }],
    PrivateDnsEnabled: false,
    PolicyDocument: undefined,
  }
  await writer.update(target, before, after as unknown as Endpoint)
  const made = calls.filter(({ name }) => name === 'ec2:ModifyVpcEndpoint')
  expect(made.map(({ parameters }) => Object.fromEntries(parameters))).toEqual([
    expect.objectContaining({
      VpcEndpointId: 'vpce-2',
      'AddSubnetId.1': 'subnet-2',
      'RemoveSubnetId.1': 'subnet-1',
      'AddSecurityGroupId.1': 'sg-2',
      'RemoveSecurityGroupId.1': 'sg-1',
      PrivateDnsEnabled: 'false',
      ResetPolicy: 'true',
    }),
  ])
  await expect(writer.update(target, before, { ...before.body, ServiceName: 'com.amazonaws.eu-west-1.s3' })).rejects.toMatchObject({
    code: 'CHANGE_CONFLICT',
  })
})

test('a refusal in an answer that succeeds is an error; one that is gone is none; what failed is told', async () => {
  const refusal =
    '<unsuccessful><item><resourceId>vpce-2</resourceId><error><code>UnauthorizedOperation</code><message>not yours</message></error></item></unsuccessful>'
  await stubAws(answering(() => plainXml('DeleteVpcEndpointsResponse', refusal)))
  const writer = vpcEndpointWriter(access)
  const live = { body: {} as unknown as Endpoint }
  await expect(writer.delete(target, live)).rejects.toMatchObject({
    code: 'UnauthorizedOperation',
    message: 'ec2:DeleteVpcEndpoints: not yours',
  })
  await writer.delete({ ...target, id: plannedId('aws/ec2/VpcEndpoint', 'vpc-1/other') }, live)
  const failed = { VpcEndpointId: 'vpce-2', State: 'Failed', LastError: { Message: 'no addresses' } } as unknown as Endpoint
  expect(() => writer.isReady?.({ body: failed })).toThrow('endpoint vpce-2 is failed: no addresses')
})
