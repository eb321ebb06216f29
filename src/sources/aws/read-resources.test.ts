import { expect, test } from 'vitest'
import { World } from '#model/world.ts'
import {
  error,
  json,
  jsonError,
  plainXml,
  stubAws,
  stubEnvironment,
  unknownCall,
  type Answer,
  type Call,
} from '../../../tests/sources/stub-aws.ts'
import { readAws, type ReadAwsOptions } from './read.ts'

stubEnvironment()

async function read(options: Partial<ReadAwsOptions>) {
  const gathered = await readAws({ kinds: [], clusters: [], ...options })
  return { gathered, world: new World(gathered) }
}

const account = '111122223333'
const here = { account, region: 'eu-west-1' }
const policy = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: '*', Action: '*', Resource: '*' }] }
const text = JSON.stringify(policy)
const refusal = jsonError('AccessDeniedException', 'not allowed', 400)
const wanted = { roleArns: [] }

const instance = (id: string) =>
  `<item><reservationId>r</reservationId><ownerId>${account}</ownerId><instancesSet><item><instanceId>${id}</instanceId><metadataOptions><httpTokens>optional</httpTokens><httpPutResponseHopLimit>2</httpPutResponseHopLimit></metadataOptions><iamInstanceProfile><arn>arn:aws:iam::${account}:instance-profile/node</arn></iamInstanceProfile></item></instancesSet></item>`
const instanceArn = (id: string) => `arn:aws:ec2:eu-west-1:${account}:instance/${id}`

test('instances by id: those that are not in the answer do not exist; without ids by the tag of their cluster', async () => {
  const kind = 'aws/ec2/Instance'
  const calls = await stubAws(({ parameters }) =>
    plainXml(
      'DescribeInstancesResponse',
      parameters.has('NextToken')
        ? `<reservationSet>${instance('i-2')}</reservationSet>`
        : `<reservationSet>${instance('i-1')}</reservationSet><nextToken>t</nextToken>`,
    ),
  )
  const { world } = await read({ kinds: [kind], wanted: { ...wanted, instances: ['i-1', 'i-2', 'i-3'] } })
  expect(calls[1]?.parameters.get('Filter.1.Name')).toBe('instance-id')
  expect(world.find(kind, instanceArn('i-1'))?.body).toEqual({
    Arn: instanceArn('i-1'),
    InstanceId: 'i-1',
    MetadataOptions: { HttpTokens: 'optional', HttpPutResponseHopLimit: 2 },
    IamInstanceProfile: { Arn: `arn:aws:iam::${account}:instance-profile/node` },
  })
  expect(world.find(kind, instanceArn('i-2'))).toBeDefined()
  expect(world.find(kind, instanceArn('i-3'))).toBeUndefined()
  expect(() => world.find(kind, instanceArn('i-4'))).toThrow('was not read')

  await read({ kinds: [kind], clusters: [{ name: 'prod', region: 'eu-west-1' }] })
  expect([...(calls.at(-1)?.parameters ?? [])].filter(([name]) => name.startsWith('Filter'))).toEqual([
    ['Filter.1.Name', 'tag-key'],
    ['Filter.1.Value.1', 'kubernetes.io/cluster/prod'],
  ])
})

test('endpoints with their policies; refused ones are unread', async () => {
  const kind = 'aws/ec2/VpcEndpoint'
  const item = `<item><vpcEndpointId>vpce-1</vpcEndpointId><vpcId>vpc-1</vpcId><serviceName>com.amazonaws.eu-west-1.sts</serviceName><policyDocument>${text.replaceAll('"', '&quot;')}</policyDocument></item>`
  const answers: Answer[] = [
    plainXml('DescribeVpcEndpointsResponse', `<vpcEndpointSet>${item}</vpcEndpointSet>`),
    error('UnauthorizedOperation'),
  ]
  await stubAws(() => answers.shift() ?? unknownCall)
  const { world } = await read({ kinds: [kind] })
  expect(world.where(kind, 'service', 'com.amazonaws.eu-west-1.sts', here).map(({ body }) => body.PolicyDocument)).toEqual([policy])
  const refused = await read({ kinds: [kind] })
  expect(() => refused.world.list(kind, here)).toThrow('access denied to ec2:DescribeVpcEndpoints')
})

const keyArn = (id: string) => `arn:aws:kms:eu-west-1:${account}:key/${id}`

function kms({ name, input }: Call): Answer {
  const id = String(input['KeyId']).split('/').at(-1) ?? ''
  switch (name) {
    case 'kms:ListKeys':
      return input['Marker'] === undefined
        ? json({ Keys: [{ KeyId: 'a', KeyArn: keyArn('a') }], Truncated: true, NextMarker: 'm' })
        : json({ Keys: [{ KeyId: 'b', KeyArn: keyArn('b') }] })
    case 'kms:ListAliases':
      return json({ Aliases: [{ AliasName: 'alias/x', AliasArn: `arn:aws:kms:eu-west-1:${account}:alias/x`, TargetKeyId: 'a' }] })
    case 'kms:DescribeKey':
      return id === 'gone'
        ? jsonError('NotFoundException')
        : json({ KeyMetadata: { KeyId: id, Arn: keyArn(id), Enabled: true, CreationDate: 1767323045 } })
    case 'kms:GetKeyPolicy':
      return id === 'b' ? refusal : json({ Policy: text, PolicyName: 'default' })
    case 'kms:ListGrants':
      return json({ Grants: [{ KeyId: keyArn(id), GrantId: 'g', GranteePrincipal: 'p', Operations: ['Decrypt'] }] })
    default:
      return unknownCall
  }
}

test('keys with policy, grants and aliases; a policy that is refused is not none', async () => {
  const kind = 'aws/kms/Key'
  await stubAws(kms)
  const { world } = await read({ kinds: [kind] })
  expect(world.find(kind, keyArn('a'))?.body).toEqual({
    KeyId: 'a',
    Arn: keyArn('a'),
    Enabled: true,
    CreationDate: '2026-01-02T03:04:05.000Z',
    Policy: policy,
    Grants: [{ KeyId: keyArn('a'), GrantId: 'g', GranteePrincipal: 'p', Operations: ['Decrypt'] }],
    Aliases: [{ AliasName: 'alias/x', AliasArn: `arn:aws:kms:eu-west-1:${account}:alias/x`, TargetKeyId: 'a' }],
  })
  const second = world.find(kind, keyArn('b'))?.body
  expect([second?.Policy, second?.Aliases]).toEqual([undefined, []])
  expect(world.find(kind, keyArn('c'))).toBeUndefined()
  expect(() => world.list(kind, here)).toThrow('access denied to kms:GetKeyPolicy')
})

test('whether keys rotate is asked of those that can, and is unknown of the one whose answer is refused', async () => {
  const kind = 'aws/kms/KeyRotation'
  const metadata: Readonly<Record<string, object>> = {
    a: { KeyManager: 'CUSTOMER', Origin: 'AWS_KMS' },
    b: { KeyManager: 'CUSTOMER', Origin: 'AWS_KMS' },
    imported: { KeyManager: 'CUSTOMER', Origin: 'EXTERNAL' },
    hmac: { KeyManager: 'CUSTOMER', Origin: 'AWS_KMS', KeySpec: 'HMAC_256' },
    managed: { KeyManager: 'AWS', Origin: 'AWS_KMS' },
  }
  const calls = await stubAws(call => {
    const id = String(call.input['KeyId']).split('/').at(-1) ?? ''
    if (call.name === 'kms:DescribeKey' && metadata[id] !== undefined)
      return json({ KeyMetadata: { KeyId: id, Arn: keyArn(id), ...metadata[id] } })
    if (call.name !== 'kms:GetKeyRotationStatus') return kms(call)
    return id === 'b'
      ? refusal
      : json({ KeyId: keyArn(id), KeyRotationEnabled: true, RotationPeriodInDays: 90, NextRotationDate: 1767323045 })
  })
  const names = [...Object.keys(metadata), 'gone']
  const { world, gathered } = await read({ kinds: ['aws/kms/Key', kind], wanted: { ...wanted, keys: names.map(keyArn) } })
  const asked = calls.filter(({ name }) => name === 'kms:GetKeyRotationStatus').map(({ input }) => input['KeyId'])
  expect(asked.toSorted()).toEqual([keyArn('a'), keyArn('b')])
  expect(world.find(kind, keyArn('a'))?.body).toEqual({
    Arn: keyArn('a'),
    KeyId: keyArn('a'),
    KeyRotationEnabled: true,
    RotationPeriodInDays: 90,
    NextRotationDate: '2026-01-02T03:04:05.000Z',
  })
  for (const id of ['imported', 'hmac', 'managed', 'gone']) expect(world.find(kind, keyArn(id))).toBeUndefined()
  expect(() => world.find(kind, keyArn('b'))).toThrow('access denied to kms:GetKeyRotationStatus')
  expect(gathered.unread.filter(each => each.kind === kind)).toMatchObject([
    { id: keyArn('b'), settle: { action: 'kms:GetKeyRotationStatus' } },
  ])
})

test('keys by name: of other accounts and regions none is asked for', async () => {
  const kind = 'aws/kms/Key'
  const calls = await stubAws(kms)
  const keys = [
    keyArn('a'),
    keyArn('gone'),
    'alias/x',
    'arn:aws:kms:eu-west-1:999999999999:key/z',
    `arn:aws:kms:us-east-1:${account}:key/y`,
  ]
  const { world, gathered } = await read({ kinds: [kind], wanted: { ...wanted, keys } })
  expect(calls.filter(({ name }) => name === 'kms:DescribeKey').map(({ input }) => input['KeyId'])).toEqual([
    keyArn('a'),
    keyArn('gone'),
    'alias/x',
  ])
  expect(world.find(kind, keyArn('gone'))).toBeUndefined()
  expect(gathered.read).toEqual([{ kind, id: keyArn('gone'), scope: here }])
  expect(() => world.find(kind, keyArn('other'))).toThrow('was not read')
})

const secretArn = (name: string) => `arn:aws:secretsmanager:eu-west-1:${account}:secret:${name}-AbCdEf`

test('secrets with their policies, never their values; their keys are read with them', async () => {
  const calls = await stubAws(call => {
    const { name, input } = call
    const id = String(input['SecretId'])
    if (name === 'secretsmanager:ListSecrets') return json({ SecretList: ['a', 'b', 'c'].map(one => ({ ARN: secretArn(one), Name: one })) })
    if (name === 'secretsmanager:DescribeSecret') return json({ ARN: id, Name: id.split(':')[6]?.[0], KmsKeyId: keyArn('a') })
    if (name !== 'secretsmanager:GetResourcePolicy') return kms(call)
    return id === secretArn('b')
      ? json({ ARN: id, Name: 'b' })
      : id === secretArn('c')
        ? refusal
        : json({ ARN: id, Name: 'a', ResourcePolicy: text })
  })
  const { world, gathered } = await read({ kinds: ['aws/secretsmanager/Secret', 'aws/kms/Key'], wanted: { ...wanted, keys: [] } })
  expect(world.seen('aws/secretsmanager/Secret').map(({ body }) => [body.Name, body.ResourcePolicy])).toEqual([
    ['a', policy],
    ['b', null],
    ['c', undefined],
  ])
  expect(world.find('aws/kms/Key', keyArn('a'))?.body.Policy).toEqual(policy)
  expect(gathered.unread).toMatchObject([
    { kind: 'aws/secretsmanager/Secret', id: secretArn('c'), settle: { action: 'secretsmanager:GetResourcePolicy' } },
  ])
  expect(calls.some(({ name }) => name.includes('GetSecretValue'))).toBe(false)
})

test('of a region that classes name, what they name there and nothing else; a region that is off ends no scan', async () => {
  const far = { account, region: 'eu-central-1' }
  const farArn = (name: string) => `arn:aws:secretsmanager:eu-central-1:${account}:secret:${name}`
  const farKey = `arn:aws:kms:eu-central-1:${account}:key/far`
  const calls = await stubAws(({ name, input, region }) => {
    if (region === 'ap-east-1')
      return jsonError('UnrecognizedClientException', 'The security token included in the request is invalid.', 400)
    if (region !== 'eu-central-1') return name === 'kms:ListAliases' ? json({ Aliases: [] }) : json({ SecretList: [], Keys: [] })
    if (name === 'secretsmanager:DescribeSecret')
      return input['SecretId'] === 'a'
        ? json({ ARN: `${farArn('a')}-AbCdEf`, Name: 'a', KmsKeyId: farKey })
        : input['SecretId'] === 'shut'
          ? refusal
          : jsonError('ResourceNotFoundException', 'no such secret', 400)
    if (name === 'secretsmanager:GetResourcePolicy') return json({ ARN: `${farArn('a')}-AbCdEf`, Name: 'a' })
    if (name === 'ssm:DescribeParameters') return json({ Parameters: [{ Name: '/p', Type: 'SecureString', KeyId: 'alias/aws/ssm' }] })
    if (name === 'kms:DescribeKey') return json({ KeyMetadata: { KeyId: 'far', Arn: farKey } })
    return kms({ name, parameters: new URLSearchParams(), input, accessKey: '', region })
  })
  const regions = [
    { region: 'eu-central-1', secrets: ['a', 'gone', 'shut'], parameters: ['/p'] },
    { region: 'ap-east-1', secrets: ['a'], parameters: ['/p'] },
    { region: 'eu-west-1', secrets: ['a'], parameters: [] },
  ]
  const { world } = await read({ kinds: ['aws/secretsmanager/Secret', 'aws/ssm/Parameter', 'aws/kms/Key'], wanted: { ...wanted, regions } })
  expect(world.find('aws/secretsmanager/Secret', `${farArn('a')}-AbCdEf`)?.body.Name).toBe('a')
  expect(world.find('aws/secretsmanager/Secret', farArn('gone'))).toBeUndefined()
  expect(() => world.find('aws/secretsmanager/Secret', farArn('shut'))).toThrow('access denied to secretsmanager:DescribeSecret')
  expect(() => world.list('aws/secretsmanager/Secret', far)).toThrow()
  expect(world.find('aws/ssm/Parameter', `arn:aws:ssm:eu-central-1:${account}:parameter/p`)).toBeDefined()
  expect(world.find('aws/kms/Key', farKey)).toBeDefined()
  expect(() => world.find('aws/secretsmanager/Secret', `arn:aws:secretsmanager:ap-east-1:${account}:secret:a`)).toThrow('does not accept')
  const asked = calls.filter(({ region }) => region === 'eu-central-1').map(({ name }) => name)
  expect(asked).not.toContain('secretsmanager:ListSecrets')
  expect(asked).not.toContain('kms:ListKeys')
  expect(
    calls.filter(({ name, region }) => name === 'kms:DescribeKey' && region === 'eu-central-1').map(({ input }) => input['KeyId']),
  ).toEqual([farKey])
})

test('buckets: all by name, the policies of those that are wanted', async () => {
  const kind = 'aws/s3/Bucket'
  const bucket = (name: string) => `<Bucket><Name>${name}</Name><BucketRegion>eu-north-1</BucketRegion></Bucket>`
  await stubAws(({ name }) => {
    if (name.startsWith('s3:GET /?'))
      return plainXml('ListAllMyBucketsResult', `<Buckets>${['a', 'b', 'c', 'd'].map(bucket).join('')}</Buckets>`)
    if (name === 's3:GET /a/?policy=') return { status: 200, body: text }
    if (name === 's3:GET /a/?publicAccessBlock=')
      return plainXml('PublicAccessBlockConfiguration', '<RestrictPublicBuckets>true</RestrictPublicBuckets>')
    if (name === 's3:GET /a/?ownershipControls=')
      return plainXml('OwnershipControls', '<Rule><ObjectOwnership>BucketOwnerEnforced</ObjectOwnership></Rule>')
    if (name === 's3:GET /b/?policy=') return plainError('NoSuchBucketPolicy', 404)
    if (name === 's3:GET /b/?ownershipControls=') return plainError('OwnershipControlsNotFoundError', 404)
    if (name === 's3:GET /b/?publicAccessBlock=') return plainError('NoSuchPublicAccessBlockConfiguration', 404)
    return plainError('AccessDenied', 403)
  })
  const { world } = await read({ kinds: [kind], wanted: { ...wanted, buckets: ['a', 'b', 'c', 'elsewhere'] } })
  const arn = (name: string) => `arn:aws:s3:::${name}`
  const there = { BucketRegion: 'eu-north-1' }
  expect(world.find(kind, arn('a'))?.body).toEqual({
    Arn: arn('a'),
    Name: 'a',
    ...there,
    Policy: policy,
    PublicAccessBlockConfiguration: { RestrictPublicBuckets: true },
    OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
  })
  expect(world.find(kind, arn('b'))?.body).toEqual({
    Arn: arn('b'),
    Name: 'b',
    ...there,
    Policy: null,
    PublicAccessBlockConfiguration: null,
    OwnershipControls: null,
  })
  expect(world.find(kind, arn('c'))?.body).toEqual({ Arn: arn('c'), Name: 'c', ...there })
  expect(world.find(kind, arn('d'))?.body).toEqual({ Arn: arn('d'), Name: 'd', ...there })
  expect(world.find(kind, arn('d'))?.scope).toEqual({ account, region: 'eu-north-1' })
  expect(world.find(kind, arn('elsewhere'), { account })).toBeUndefined()
  expect(() => world.find(kind, arn('elsewhere'))).toThrow('no source listed them all')
})

const plainError = (code: string, status: number): Answer => ({ status, body: `<Error><Code>${code}</Code><Message>no</Message></Error>` })
