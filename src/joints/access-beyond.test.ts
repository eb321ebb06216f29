import { describe, expect, it } from 'vitest'
import { askAccess } from '#joints/access.ts'
import { subjectNamed } from '#joints/access-subject.ts'
import type { Kind, Kinds } from '#model/kinds.ts'
import { Resource, type Scope } from '#model/resource.ts'
import { World, type Coverage } from '#model/world.ts'

const origin = { locate: () => ({ in: 'api', call: 'test', path: '.', excerpt: '' }) as const }
const A = '111122223333'
const B = '444455556666'
const region = 'eu-west-1'
const reader = `arn:aws:iam::${A}:role/reader`

const make = <K extends Kind>(kind: K, id: string, scope: Scope, body: unknown) => new Resource(kind, id, scope, body as Kinds[K], origin)
const statement = (more: object) => ({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*', ...more }] })
const everything = statement({})
const named = statement({ Principal: { AWS: reader } })

const role = (policy?: object) =>
  make(
    'aws/iam/Role',
    reader,
    { account: A },
    {
      Arn: reader,
      RoleName: 'reader',
      AttachedManagedPolicies: [],
      RolePolicyList: policy === undefined ? [] : [{ PolicyName: 'own', PolicyDocument: policy }],
    },
  )

const read: readonly Coverage[] = [
  ...(['aws/iam/Role', 'aws/iam/Policy', 'aws/organizations/Organization', 'aws/ec2/VpcEndpoint', 'aws/s3/Bucket'] as const),
  ...(['aws/sqs/Queue', 'aws/sns/Topic', 'aws/ecr/Repository', 'aws/lambda/Function', 'aws/logs/ResourcePolicy'] as const),
].map(kind => ({ kind }))

function ask(resources: readonly Resource[], action: string, resource: string, coverage = read) {
  const world = new World({ resources, read: coverage, unread: [] })
  const [mechanism] = subjectNamed(world, reader, undefined).mechanisms
  if (mechanism?.session.is !== 'holds') throw new Error('the role has a session')
  const context = { 'aws:SourceVpce': null }
  return askAccess(world, mechanism.session.caller, { action, resource, context })
}

describe('policies of queues, topics, repositories and functions', () => {
  const kinds = [
    [
      'sqs:SendMessage',
      (account: string) => `arn:aws:sqs:${region}:${account}:orders`,
      (arn: string, Policy: unknown) =>
        make('aws/sqs/Queue', arn, { account: arn.split(':')[4] ?? '', region }, { Attributes: { QueueArn: arn, Policy } }),
    ],
    [
      'sns:Publish',
      (account: string) => `arn:aws:sns:${region}:${account}:orders`,
      (arn: string, Policy: unknown) =>
        make('aws/sns/Topic', arn, { account: arn.split(':')[4] ?? '', region }, { Attributes: { TopicArn: arn, Policy } }),
    ],
    [
      'ecr:BatchGetImage',
      (account: string) => `arn:aws:ecr:${region}:${account}:repository/shop/web`,
      (arn: string, policyText: unknown) =>
        make(
          'aws/ecr/Repository',
          arn,
          { account: arn.split(':')[4] ?? '', region },
          { repositoryArn: arn, repositoryName: 'shop/web', policyText },
        ),
    ],
    [
      'lambda:InvokeFunction',
      (account: string) => `arn:aws:lambda:${region}:${account}:function:rates`,
      (arn: string, Policy: unknown) =>
        make('aws/lambda/Function', arn, { account: arn.split(':')[4] ?? '', region }, { FunctionArn: arn, Policy }),
    ],
  ] as const

  it.each(kinds)('%s: in one account either side may allow, across accounts both must', (action, arnIn, withPolicy) => {
    const own = arnIn(A)
    expect(ask([role(), withPolicy(own, named)], action, own).decision).toMatchObject({ answer: 'allow', decidedBy: { layer: 'resource' } })
    expect(ask([role(everything), withPolicy(own, null)], action, own).decision).toMatchObject({ answer: 'allow' })
    expect(ask([role(), withPolicy(own, null)], action, own).decision).toMatchObject({ answer: 'implicitDeny' })
    expect(ask([role(everything), withPolicy(own, statement({ Effect: 'Deny', Principal: '*' }))], action, own).decision).toMatchObject({
      answer: 'explicitDeny',
    })
    const theirs = arnIn(B)
    expect(ask([role(), withPolicy(theirs, named)], action, theirs).decision).toMatchObject({
      answer: 'implicitDeny',
      missingLayer: 'identity',
    })
    expect(ask([role(everything), withPolicy(theirs, null)], action, theirs).decision).toMatchObject({
      answer: 'implicitDeny',
      missingLayer: 'resource',
    })
    expect(ask([role(everything), withPolicy(theirs, named)], action, theirs).decision).toMatchObject({ answer: 'allow' })
  })
  it.each(kinds)('%s: what was not read is unknown', (action, arnIn, withPolicy) => {
    const own = arnIn(A)
    const without = ask([role(), withPolicy(own, undefined)], action, own)
    expect(without.decision.answer).toBe('unknown')
    expect(without.unread[0]?.settle?.by).toBe('iam')
    expect(
      ask(
        [role()],
        action,
        own,
        read.filter(({ kind }) => kind.startsWith('aws/iam')),
      ).decision.answer,
    ).toBe('unknown')
    expect(ask([role()], action, own).unread[0]?.reason).toBe('no such resource was found')
  })
  it('repository policies have no Resource', () => {
    const [, arnIn, withPolicy] = kinds[2]
    const policy = { Version: '2008-10-17', Statement: [{ Effect: 'Allow', Principal: { AWS: reader }, Action: ['ecr:BatchGetImage'] }] }
    expect(ask([role(), withPolicy(arnIn(A), policy)], 'ecr:BatchGetImage', arnIn(A)).decision.answer).toBe('allow')
    const [, queueIn, queue] = kinds[0]
    expect(ask([role(), queue(queueIn(A), policy)], 'sqs:SendMessage', queueIn(A)).decision.answer).toBe('implicitDeny')
  })
  it('a version or an alias of a function has a policy of its own', () => {
    const [, arnIn, withPolicy] = kinds[3]
    const live = `${arnIn(A)}:live`
    expect(ask([role(), withPolicy(arnIn(A), named)], 'lambda:InvokeFunction', live).decision.answer).toBe('unknown')
    expect(ask([role(), withPolicy(arnIn(A), named), withPolicy(live, null)], 'lambda:InvokeFunction', live).decision.answer).toBe(
      'implicitDeny',
    )
  })
  it('whether a policy of CloudWatch Logs lets in a role by itself is not documented', () => {
    const group = `arn:aws:logs:${region}:${A}:log-group:/shop`
    const policies = make(
      'aws/logs/ResourcePolicy',
      `${A}:${region}:p`,
      { account: A, region },
      { Id: `${A}:${region}:p`, policyName: 'p', policyDocument: named },
    )
    expect(ask([role(), policies], 'logs:PutLogEvents', group).decision.answer).toBe('unknown')
    expect(ask([role(everything), policies], 'logs:PutLogEvents', group).decision.answer).toBe('allow')
    expect(ask([role()], 'logs:PutLogEvents', group).decision.answer).toBe('implicitDeny')
  })
})

describe('buckets of other accounts', () => {
  const object = 'arn:aws:s3:::exports/a'
  const bucket = (more: object) =>
    make(
      'aws/s3/Bucket',
      'arn:aws:s3:::exports',
      { account: B, region },
      {
        Arn: 'arn:aws:s3:::exports',
        Name: 'exports',
        Policy: null,
        PublicAccessBlockConfiguration: null,
        OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
        ...more,
      },
    )
  const answer = (more: object, action = 's3:GetObject') => ask([role(everything), bucket(more)], action, object)
  const open = statement({ Principal: '*' })
  const restricting = { PublicAccessBlockConfiguration: { RestrictPublicBuckets: true } }

  // "public and cross-account access within any public bucket policy, including non-public delegation to specific accounts, is blocked":
  // https://docs.aws.amazon.com/AmazonS3/latest/API/API_PublicAccessBlockConfiguration.html
  it('a public policy lets in nobody from outside where the bucket restricts it', () => {
    const both = { Version: '2012-10-17', Statement: [...named.Statement, ...open.Statement] }
    for (const Policy of [open, both]) {
      const denied = answer({ Policy, ...restricting })
      expect(denied.decision.answer).toBe('implicitDeny')
      expect(denied.block?.path).toEqual(['PublicAccessBlockConfiguration', 'RestrictPublicBuckets'])
    }
  })
  it('a policy that names whom it lets in is not public, whatever is blocked', () => {
    expect(answer({ Policy: named, ...restricting }).decision.answer).toBe('allow')
    const organization = statement({ Principal: '*', Condition: { ArnEquals: { 'aws:PrincipalArn': reader } } })
    expect(answer({ Policy: organization, ...restricting }).decision.answer).toBe('allow')
  })
  it('what the account blocks, or the bucket, and was not read leaves a public policy open', () => {
    expect(answer({ Policy: open }).unread[0]?.reason).toBe('whether the account blocks public access was not read')
    expect(answer({ Policy: open, PublicAccessBlockConfiguration: undefined }).unread[0]?.reason).toBe(
      'whether the bucket blocks public access was not read',
    )
    const pattern = statement({ Principal: '*', Condition: { StringLike: { 'aws:PrincipalArn': 'arn:aws:iam::111122223333:role/*' } } })
    expect(answer({ Policy: pattern, ...restricting }).decision.answer).toBe('unknown')
  })
  it('lists may let in from outside only where they count', () => {
    expect(answer({}).decision.answer).toBe('implicitDeny')
    const lists = answer({ OwnershipControls: undefined })
    expect(lists.decision.answer).toBe('unknown')
    expect(lists.unread[0]?.settle).toMatchObject({ action: 's3:GetBucketOwnershipControls' })
    expect(answer({ OwnershipControls: { Rules: [{ ObjectOwnership: 'ObjectWriter' }] } }).decision.answer).toBe('unknown')
    expect(answer({ OwnershipControls: undefined }, 's3:GetBucketPolicy').decision.answer).toBe('implicitDeny')
    // Its own policies say nothing, so no list helps.
    expect(ask([role(), bucket({ OwnershipControls: undefined })], 's3:GetObject', object).decision.answer).toBe('implicitDeny')
  })
  it('its own account needs neither', () => {
    const own = make(
      'aws/s3/Bucket',
      'arn:aws:s3:::exports',
      { account: A, region },
      { Arn: 'arn:aws:s3:::exports', Name: 'exports', Policy: open },
    )
    expect(ask([role(), own], 's3:GetObject', object).decision.answer).toBe('allow')
  })
  it('policies of access points are not read', () => {
    const point = `arn:aws:s3:${region}:${A}:accesspoint/shop/object/a`
    const asked = ask([role(everything)], 's3:GetObject', point)
    expect(asked.decision.answer).toBe('unknown')
    expect(asked.unread[0]?.reason).toBe('policies of access points are not read')
  })
})
