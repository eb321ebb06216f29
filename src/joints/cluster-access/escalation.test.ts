import { describe, expect, it } from 'vitest'
import { runCheck } from '#joints/run.ts'
import { Resource } from '#model/resource.ts'
import { World } from '#model/world.ts'
import iamWrite from './escalation-by-iam-write/check.ts'
import trustEdit from './escalation-by-trust-edit/check.ts'
import tokenMintable from './service-account-token-mintable/check.ts'

const origin = { locate: () => ({ in: 'api', call: 'test', path: '.', excerpt: '' }) as const }
const account = '111122223333'
const arn = (name: string) => `arn:aws:iam::${account}:role/${name}`

const role = (name: string, principal: object, actions: string | readonly string[]) =>
  new Resource(
    'aws/iam/Role',
    arn(name),
    { account },
    {
      Arn: arn(name),
      RoleName: name,
      AssumeRolePolicyDocument: {
        Version: '2012-10-17',
        Statement: { Effect: 'Allow', Principal: principal, Action: ['sts:AssumeRole', 'sts:TagSession'] },
      },
      AttachedManagedPolicies: [],
      RolePolicyList: [
        { PolicyName: 'own', PolicyDocument: { Version: '2012-10-17', Statement: { Effect: 'Allow', Action: actions, Resource: '*' } } },
      ],
    } as never,
    origin,
  )
const association = new Resource(
  'aws/eks/PodIdentityAssociation',
  `arn:aws:eks:eu-west-1:${account}:podidentityassociation/prod/a-1`,
  { account, region: 'eu-west-1', clusterName: 'prod' },
  { clusterName: 'prod', namespace: 'tools', serviceAccount: 'provisioner', roleArn: arn('provisioner') } as never,
  origin,
)
const vault = role('vault', { AWS: arn('ann') }, 'secretsmanager:GetSecretValue')
const read = (['aws/iam/Role', 'aws/iam/User', 'aws/organizations/Organization'] as const).map(kind => ({ kind }))

function answers(actions: string | readonly string[]): readonly string[] {
  const provisioner = role('provisioner', { Service: 'pods.eks.amazonaws.com' }, actions)
  const world = new World({ resources: [association, provisioner, vault], read, unread: [] })
  return [iamWrite, trustEdit].map(check => runCheck(check, provisioner, world).is)
}

describe('two ways by one statement are one finding', () => {
  it('of the trust policies, where it lets those be written', () => {
    expect(answers(['iam:PutRolePolicy', 'iam:UpdateAssumeRolePolicy'])).toEqual(['skip', 'fail'])
  })
  it('of the policies, where it does not', () => {
    expect(answers('iam:PutRolePolicy')).toEqual(['fail', 'pass'])
  })
  it('and none, where the role may do everything', () => {
    expect(answers('*')).toEqual(['skip', 'pass'])
  })
})

it('asks nobody about a role whose ARN is none', () => {
  const serviceAccount = new Resource(
    'k8s/ServiceAccount',
    'payments/settlement',
    { cluster: 'prod' },
    {
      metadata: {
        namespace: 'payments',
        name: 'settlement',
        annotations: { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::1111222233334:role/settlement' },
      },
    } as never,
    origin,
  )
  const world = new World({ resources: [serviceAccount], read: [], unread: [] })
  expect(runCheck(tokenMintable, serviceAccount, world).is).toBe('skip')
})
