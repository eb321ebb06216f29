import { expect, it } from 'vitest'
import type { Kind, Kinds } from '#model/kinds.ts'
import { Resource } from '#model/resource.ts'
import { namedByPolicies, policiesOfPods } from './named-by-policies.ts'

const origin = { locate: () => ({ in: 'api', call: 'test', path: '.', excerpt: '' }) as const }
const make = (kind: Kind, body: unknown) => new Resource(kind, kind, { account: '111122223333' }, body as Kinds[Kind], origin)
const about = (...named: readonly string[]) => ({ Statement: { Effect: 'Allow', Action: '*', Resource: named } })
const gathered = (...resources: readonly Resource[]) => ({
  resources,
  read: [],
  unread: [],
  problems: [],
  ignored: new Map<string, number>(),
})

it('policies name buckets, queues, topics, repositories and functions, those with wildcards excepted', () => {
  const inline = (list: string, ...named: readonly string[]) => ({ [list]: [{ PolicyName: 'own', PolicyDocument: about(...named) }] })
  const found = namedByPolicies([
    gathered(
      make(
        'aws/iam/Role',
        inline('RolePolicyList', 'arn:aws:s3:::reports/2026/*', 'arn:aws:s3:::rep*', '*', 'arn:aws:sqs:eu-west-1:111122223333:orders'),
      ),
      make('aws/iam/User', inline('UserPolicyList', 'arn:aws-cn:s3:::reports', 'arn:aws:s3:::${aws:username}-home/x')),
      make('aws/iam/Group', {
        GroupPolicyList: [{ PolicyDocument: { Statement: [{ Resource: 'arn:aws:sns:eu-west-1:111122223333:t' }, {}] } }],
      }),
      make('aws/iam/Policy', {
        PolicyVersionList: [
          {
            IsDefaultVersion: true,
            Document: about('arn:aws:ecr:eu-west-1:111122223333:repository/web', 'arn:aws:lambda:eu-west-1:111122223333:function:*'),
          },
          { IsDefaultVersion: false, Document: about('arn:aws:s3:::old') },
        ],
      }),
      make('aws/iam/Role', {}),
    ),
  ])
  expect(found).toEqual({
    buckets: ['reports'],
    resources: [
      'arn:aws:ecr:eu-west-1:111122223333:repository/web',
      'arn:aws:sns:eu-west-1:111122223333:t',
      'arn:aws:sqs:eu-west-1:111122223333:orders',
    ],
  })
})

it('roles of pods are those that service accounts and associations name, with the policies attached to them', () => {
  const of = (kind: Kind, id: string, body: unknown) => new Resource(kind, id, { account: '111122223333' }, body as Kinds[Kind], origin)
  const arn = (name: string) => `arn:aws:iam::111122223333:${name}`
  const role = (name: string, policy?: string) =>
    of('aws/iam/Role', arn(`role/${name}`), {
      AttachedManagedPolicies: policy === undefined ? [] : [{ PolicyArn: arn(`policy/${policy}`) }],
    })
  const found = policiesOfPods([
    gathered(
      of('k8s/ServiceAccount', 'shop/web', { metadata: { annotations: { 'eks.amazonaws.com/role-arn': arn('role/annotated') } } }),
      of('k8s/ServiceAccount', 'shop/plain', { metadata: {} }),
    ),
    gathered(
      of('aws/eks/PodIdentityAssociation', 'a-1', { roleArn: arn('role/associated'), targetRoleArn: arn('role/target') }),
      role('annotated', 'given'),
      role('associated'),
      role('target'),
      role('of-people', 'other'),
      of('aws/iam/Policy', arn('policy/given'), {}),
      of('aws/iam/Policy', arn('policy/other'), {}),
    ),
  ])
  const names = found.flatMap(({ resources }) => resources.map(({ id }) => id.split(':')[5]))
  expect(names).toEqual(['role/annotated', 'role/associated', 'role/target', 'policy/given'])
})
