import { expect, test } from 'vitest'
import { planOf, type Step } from '#changes/plan.ts'
import { setting, targetOf, type Change } from '#model/change.ts'
import type { Origin } from '#model/place.ts'
import { plannedId } from '#model/planned-id.ts'
import { Resource, type Scope } from '#model/resource.ts'
import { World } from '#model/world.ts'
import { codeText } from './code.ts'

const origin: Origin = { locate: () => ({ in: 'api', call: 'fixture', path: '.', excerpt: '' }) }
const prod: Scope = { cluster: 'prod' }
const regional: Scope = { account: '111122223333', region: 'eu-west-1' }

const live = {
  metadata: {
    name: 'web',
    namespace: 'shop',
    uid: '7f3a',
    resourceVersion: '12',
    managedFields: [],
    annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{}' },
  },
  status: { phase: 'Active' },
}
const account = new Resource('k8s/ServiceAccount', 'shop/web', prod, live as never, origin) as Resource
const cluster = new Resource(
  'aws/eks/Cluster',
  'arn:aws:eks:eu-west-1:111122223333:cluster/prod',
  regional,
  { name: 'prod' } as never,
  origin,
)
const world = new World({
  resources: [account, cluster as Resource],
  read: [{ kind: 'k8s/ServiceAccount' }, { kind: 'k8s/SecurityGroupPolicy' }, { kind: 'aws/eks/Cluster' }],
  unread: [],
})

const step = (change: Pick<Change, 'target' | 'edit'>, title: string): Step => ({
  change: { ...change, permissions: [], risk: '' },
  title,
  makes: 'irsa: annotation',
})
const group = plannedId('aws/ec2/SecurityGroup', 'vpc-1/prod-shop-web')
const policy = { metadata: { name: 'web', namespace: 'shop' }, spec: { securityGroups: { groupIds: [group] } } }
const annotated = step(
  {
    target: targetOf(account),
    edit: setting(account, ['metadata', 'annotations', 'eks.amazonaws.com/role-arn'], 'arn:aws:iam::1:role/web'),
  },
  'let shop/web ask for role web',
)
const selected = step(
  { target: { kind: 'k8s/SecurityGroupPolicy', id: 'shop/web', scope: prod }, edit: { do: 'create', body: policy } },
  'give shop/web its group',
)
const logged = step(
  {
    target: targetOf(cluster as Resource),
    edit: setting(cluster as Resource, ['logging'], { clusterLogging: [{ types: ['audit'], enabled: true }] }),
  },
  'turn the audit log on',
)
const plan = planOf({ cluster: 'prod', steps: [annotated, selected, logged] })

test('manifests are whole objects without what only a server writes, and say what must be filled in', () => {
  expect(codeText('manifests', plan, world)).toBe(`# Made by mortise plan: review it, then apply it as you apply the rest of your code.
# 1 more object is in AWS: --format terraform or cloudformation.
---
# let shop/web ask for role web
apiVersion: v1
kind: ServiceAccount
metadata:
  name: web
  namespace: shop
  annotations:
    eks.amazonaws.com/role-arn: arn:aws:iam::1:role/web
---
# give shop/web its group
# Write what it gets in AWS in place of planned:aws/ec2/SecurityGroup:vpc-1/prod-shop-web.
apiVersion: vpcresources.k8s.aws/v1beta1
kind: SecurityGroupPolicy
metadata:
  name: web
  namespace: shop
spec:
  securityGroups:
    groupIds:
      - planned:aws/ec2/SecurityGroup:vpc-1/prod-shop-web
`)
})

test('an annotation of what somebody else declares is a resource of its own in Terraform; what cannot be one is a remark', () => {
  const text = codeText('terraform', plan, world)
  expect(text).toContain(`resource "kubernetes_annotations" "shop_web_serviceaccount" {
  api_version = "v1"
  kind        = "ServiceAccount"
  annotations = {
    "eks.amazonaws.com/role-arn" = "arn:aws:iam::1:role/web"
  }

  metadata {
    name      = "web"
    namespace = "shop"
  }
}`)
  expect(text).toContain(`# turn the audit log on
# To change where aws/eks/Cluster arn:aws:eks:eu-west-1:111122223333:cluster/prod is declared:
#   set .logging:
#     clusterLogging:
#       - types:
#           - audit
#         enabled: true`)
})

test('CloudFormation has the half in AWS alone, and says so', () => {
  const text = codeText('cloudformation', plan, world)
  expect(text).toContain('# 2 more objects are in the cluster: --format manifests.')
  expect(text).toContain('# turn the audit log on')
  expect(text).not.toContain('Resources:')
})

test('a group in CloudFormation lets out what the plan lets out, and not what AWS gives a group that says nothing', () => {
  const body = (egress: readonly object[]) => ({
    SecurityGroupArn: group,
    GroupId: group,
    GroupName: 'web',
    Description: 'web',
    VpcId: 'vpc-1',
    IpPermissionsEgress: egress,
  })
  const target = { kind: 'aws/ec2/SecurityGroup', id: group, scope: regional } as const
  const templateFor = (egress: readonly object[]) =>
    codeText(
      'cloudformation',
      planOf({ cluster: 'prod', steps: [step({ target, edit: { do: 'create', body: body(egress) } }, 'make a group')] }),
      new World({ resources: [], read: [{ kind: 'aws/ec2/SecurityGroup' }], unread: [] }),
    )
  const toGroup = { IpProtocol: 'tcp', FromPort: 53, ToPort: 53, UserIdGroupPairs: [{ GroupId: 'sg-0a1b2c3d' }] }
  const database = { IpProtocol: 'tcp', FromPort: 5432, ToPort: 5432, IpRanges: [{ CidrIp: '10.0.0.0/16' }] }
  expect(templateFor([toGroup])).toContain('CidrIp: 127.0.0.1/32')
  expect(templateFor([toGroup])).toContain('DestinationSecurityGroupId: sg-0a1b2c3d')
  expect(templateFor([toGroup, database])).not.toContain('127.0.0.1')
  expect(templateFor([toGroup, database])).toContain('CidrIp: 10.0.0.0/16')
})

test('nothing to do is said, in each language', () => {
  expect(codeText('terraform', planOf({ cluster: 'prod', steps: [] }), world)).toBe('# Nothing to do: what the blueprint declares holds.\n')
})
