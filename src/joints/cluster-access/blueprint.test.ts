import { expect, test } from 'vitest'
import clusterAccess from '#joints/cluster-access/joint.ts'
import { faultsOf, made, undone, wholeWorld } from '../../../tests/blueprints/made-world.ts'

const role = (name: string) => `
kind: aws/iam/Role
Arn: arn:aws:iam::111122223333:role/team/${name}
RoleName: ${name}
AssumeRolePolicyDocument: { Version: "2012-10-17", Statement: [{ Effect: Allow, Principal: { AWS: "arn:aws:iam::111122223333:role/sign-in" }, Action: "sts:AssumeRole" }] }
RolePolicyList: []
AttachedManagedPolicies: []
InstanceProfileList: []
---
`
const entry = (tags: string) => `
kind: aws/eks/AccessEntry
accessEntryArn: arn:aws:eks:eu-west-1:111122223333:access-entry/prod/role/111122223333/operator/0a1b2c3d-0a1b-2c3d-4e5f-0a1b2c3d4e5f
clusterName: prod
principalArn: arn:aws:iam::111122223333:role/team/operator
kubernetesGroups: [theirs]
username: arn:aws:sts::111122223333:assumed-role/operator/{{SessionName}}
type: STANDARD
tags: ${tags}
associatedAccessPolicies:
  - policyArn: arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy
    accessScope: { type: namespace, namespaces: [payments] }
    associatedAt: "2026-01-01T00:00:00Z"
  - policyArn: arn:aws:eks::aws:cluster-access-policy/AmazonEKSEditPolicy
    accessScope: { type: cluster, namespaces: [] }
---
`
const world = (mode: string, ...parts: readonly string[]) =>
  wholeWorld(`
kind: aws/eks/Cluster
name: prod
arn: arn:aws:eks:eu-west-1:111122223333:cluster/prod
accessConfig: { authenticationMode: ${mode} }
---
${role('operator')}${parts.join('')}`)
const blueprint = (principal = 'role/team/operator', further = '') => `
cluster: prod
${further}
access:
  arn:aws:iam::111122223333:${principal}:
    groups: [operators]
    policies: { AmazonEKSViewPolicy: [payments, shop] }
`
const titlesOf = (steps: readonly { readonly title: string }[]) => steps.map(({ title }) => title)

test('an entry is made with its groups and policies, a step for each call, and taken back nothing is left', async () => {
  const before = await world('API_AND_CONFIG_MAP')
  const { steps, world: after } = made(before, blueprint(), 'cluster-access')
  expect(titlesOf(steps)).toEqual(['let operator sign in to cluster prod', 'give operator AmazonEKSViewPolicy in payments, shop'])
  expect(faultsOf(clusterAccess, after)).toEqual([])
  expect(made(after, blueprint(), 'cluster-access').steps).toEqual([])
  expect(undone(after, steps).seen('aws/eks/AccessEntry')).toEqual([])
})

test.each([
  ['is ours, has what is declared and no more', '{ managed-by: mortise }', ['operators'], [['AmazonEKSViewPolicy', ['payments', 'shop']]]],
  [
    'is not ours, has it besides what it had',
    '{}',
    ['theirs', 'operators'],
    [
      ['AmazonEKSViewPolicy', ['payments', 'shop']],
      ['AmazonEKSEditPolicy', []],
    ],
  ],
])('an entry that %s', async (_text, tags, groups, policies) => {
  const before = await world('API', entry(tags))
  const { steps, world: after } = made(before, blueprint(), 'cluster-access')
  const [now] = after.seen('aws/eks/AccessEntry')
  expect(now?.body.kubernetesGroups).toEqual(groups)
  expect(
    now?.body.associatedAccessPolicies?.map(({ policyArn, accessScope }) => [policyArn?.split('/')[1], accessScope?.namespaces]),
  ).toEqual(policies)
  expect(made(after, blueprint(), 'cluster-access').steps).toEqual([])
  expect(
    undone(after, steps)
      .seen('aws/eks/AccessEntry')
      .map(({ body }) => body),
  ).toEqual(before.seen('aws/eks/AccessEntry').map(({ body }) => body))
})

test('a cluster that has aws-auth alone is changed only where the blueprint says so, since there is no way back', async () => {
  const before = await world('CONFIG_MAP')
  expect(() => made(before, blueprint(), 'cluster-access')).toThrow(expect.objectContaining({ code: 'ONE_WAY' }) as Error)
  const { steps } = made(before, blueprint('role/team/operator', 'authenticationMode: API_AND_CONFIG_MAP'), 'cluster-access')
  expect(steps[0]).toMatchObject({ title: 'let access entries count beside aws-auth', change: { isOneWay: true } })
})

test.each([
  ['role/team/operatr', 'there is no role team/operatr in account 111122223333', 'did you mean team/operator?'],
  ['assumed-role/operator/ann', 'is neither a role nor a user of IAM', 'a session is let in by its role'],
])('a principal that is not there is told: %s', async (principal, message, help) => {
  const before = await world('API')
  try {
    made(before, blueprint(principal), 'cluster-access')
    expect.unreachable()
  } catch (error) {
    expect(error).toMatchObject({ code: 'BAD_BLUEPRINT', where: 'mortise.yaml:5:3' })
    expect(String((error as Error).message)).toContain(message)
    expect(String((error as { help?: string }).help)).toContain(help)
  }
})
