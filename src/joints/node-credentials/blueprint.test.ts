import { describe, expect, test } from 'vitest'
import { allKinds } from '#model/kinds.ts'
import { World } from '#model/world.ts'
import nodeCredentials from '#joints/node-credentials/joint.ts'
import { faultsOf, made, undone, wholeWorld } from '../../../tests/blueprints/made-world.ts'

const instance = (id: string, options: string, further = '') => `
kind: aws/ec2/Instance
Arn: arn:aws:ec2:eu-west-1:111122223333:instance/${id}
InstanceId: ${id}
State: { Name: running }
IamInstanceProfile: { Arn: "arn:aws:iam::111122223333:instance-profile/nodes" }
MetadataOptions: ${options}
${further}
---
`
const tags = (cluster: string) =>
  `Tags: [{ Key: kubernetes.io/cluster/${cluster}, Value: owned }, { Key: eks:nodegroup-name, Value: workers }]`
const world = (...parts: readonly string[]) =>
  wholeWorld(`
kind: aws/eks/Cluster
name: prod
arn: arn:aws:eks:eu-west-1:111122223333:cluster/prod
---
kind: aws/eks/Nodegroup
nodegroupArn: arn:aws:eks:eu-west-1:111122223333:nodegroup/prod/workers/0a
nodegroupName: workers
clusterName: prod
launchTemplate: { id: lt-0a, version: "3" }
---
kind: aws/ec2/LaunchTemplateVersion
Id: "111122223333:eu-west-1:lt-0a:3"
account: "111122223333"
region: eu-west-1
LaunchTemplateId: lt-0a
VersionNumber: 3
LaunchTemplateData: { MetadataOptions: { HttpTokens: required, HttpPutResponseHopLimit: 1 } }
---
kind: aws/iam/Role
Arn: arn:aws:iam::111122223333:role/nodes
RoleName: nodes
InstanceProfileList: [{ Arn: "arn:aws:iam::111122223333:instance-profile/nodes" }]
AssumeRolePolicyDocument: { Version: "2012-10-17", Statement: [{ Effect: Allow, Principal: { Service: ec2.amazonaws.com }, Action: "sts:AssumeRole" }] }
RolePolicyList: []
AttachedManagedPolicies: []
---
${parts.join('')}`)
const blueprint = 'cluster: prod\nnodes: { imds: { hopLimit: 1, tokens: required } }\n'
const open = '{ HttpEndpoint: enabled, HttpTokens: optional, HttpPutResponseHopLimit: 2 }'

test("the nodes of the cluster get the options, each by a call of its own, and others' are left; undone they are as before", async () => {
  const before = await world(
    instance('i-0a', open, tags('prod')),
    instance('i-0b', open, tags('other')),
    instance('i-0c', '{ HttpEndpoint: disabled, HttpTokens: optional, HttpPutResponseHopLimit: 2 }', tags('prod')),
  )
  const { steps, world: after } = made(before, blueprint, 'node-credentials')
  expect(steps.map(({ title }) => title)).toEqual([
    'require a token on node i-0a',
    'let the token go no further than the node on node i-0a',
  ])
  // Its launch template has the options already.
  expect(steps[0]?.change.risk).not.toContain('New nodes')
  expect(faultsOf(nodeCredentials, before)).toEqual([expect.stringContaining('of 2 nodes gives role nodes without a token') as string])
  expect(faultsOf(nodeCredentials, after)).toEqual([expect.stringContaining('of node i-0b gives role nodes without a token') as string])
  expect(made(after, blueprint, 'node-credentials').steps).toEqual([])
  expect(
    undone(after, steps)
      .seen('aws/ec2/Instance')
      .map(({ body }) => body),
  ).toEqual(before.seen('aws/ec2/Instance').map(({ body }) => body))
})

test('a class of Karpenter that says nothing has its defaults, and one that says otherwise is changed', async () => {
  const nodeClass = (name: string, options: string) => `
apiVersion: karpenter.k8s.aws/v1
kind: EC2NodeClass
metadata: { name: ${name} }
spec: { role: nodes${options} }
---
`
  const before = await world(
    nodeClass('plain', ''),
    nodeClass('open', ', metadataOptions: { httpEndpoint: enabled, httpPutResponseHopLimit: 2 }'),
  )
  const { steps } = made(before, blueprint, 'node-credentials')
  expect(steps.map(({ title, change }) => ({ title, edit: change.edit }))).toEqual([
    {
      title: 'set the metadata options of EC2NodeClass open',
      edit: {
        do: 'set',
        path: ['spec', 'metadataOptions'],
        before: { httpEndpoint: 'enabled', httpPutResponseHopLimit: 2 },
        after: { httpEndpoint: 'enabled', httpTokens: 'required', httpPutResponseHopLimit: 1 },
      },
    },
  ])
})

test('a node that EKS keeps to itself is not changed, and that it differs is told', async () => {
  const before = await world(instance('i-0a', open, `Operator: { Managed: true, Principal: eks.amazonaws.com }\n${tags('prod')}`))
  expect(() => made(before, blueprint, 'node-credentials')).toThrow(expect.objectContaining({ code: 'CANNOT_HOLD' }) as Error)
})

test('a live read asks for the instances of nodes by their ids and lists none: they are enough, and one that was not read is not planned over', async () => {
  const node = `apiVersion: v1
kind: Node
metadata: { name: ip-10-0-0-1 }
spec: { providerID: aws:///eu-west-1a/i-0a }
---
`
  const whole = await world(instance('i-0a', open), node)
  const live = (id: string) =>
    new World({
      resources: [...whole.resources()].filter(each => each.kind !== 'aws/ec2/Instance' || each.id.endsWith(id)),
      read: allKinds.map(kind => {
        const scope = { account: '111122223333', region: 'eu-west-1' }
        return kind === 'aws/ec2/Instance' ? { kind, id: `arn:aws:ec2:eu-west-1:111122223333:instance/${id}`, scope } : { kind }
      }),
      unread: [],
    })
  expect(made(live('i-0a'), blueprint, 'node-credentials').steps).toHaveLength(2)
  expect(() => made(live('i-0b'), blueprint, 'node-credentials')).toThrow('instance/i-0a')
})

describe('new nodes of a node group', () => {
  const left = (whole: World) => () => made(whole, blueprint, 'node-credentials')
  const notOurs = (message: string, help: string) =>
    expect.objectContaining({
      code: 'NOT_OURS',
      message: expect.stringContaining(message) as string,
      help: expect.stringContaining(help) as string,
    }) as Error
  const withTemplate = async (options: object | undefined, ...parts: readonly string[]) => {
    const whole = await world(...parts)
    const [template] = whole.seen('aws/ec2/LaunchTemplateVersion')
    if (template === undefined) throw new Error('there is no launch template')
    return whole.replace(
      template.with({ ...template.body, LaunchTemplateData: options === undefined ? {} : { MetadataOptions: options as never } }),
    )
  }

  test('come from its launch template: one with other options is somebody else’s to change, and is told', async () => {
    const whole = await withTemplate({ HttpTokens: 'optional', HttpPutResponseHopLimit: 2 })
    expect(left(whole)).toThrow(
      notOurs(
        'launch template lt-0a, version 3, of which node group workers is made, has HttpTokens optional and HttpPutResponseHopLimit 2',
        'make a version with MetadataOptions HttpTokens required and HttpPutResponseHopLimit 1 of lt-0a (workers)',
      ),
    )
  })

  test('one that says nothing of them keeps nothing, and one that closes the service needs no more', async () => {
    expect(left(await withTemplate(undefined))).toThrow(notOurs('says nothing of metadata options', 'lt-0a (workers)'))
    expect(left(await withTemplate({ HttpEndpoint: 'disabled' }))().steps).toEqual([])
  })

  test('without a template of its own show in its nodes what EKS gives them', async () => {
    const bare = async (options: string) => {
      const whole = await world(instance('i-0a', options, tags('prod')))
      const [group] = whole.seen('aws/eks/Nodegroup')
      if (group === undefined) throw new Error('there is no node group')
      const { launchTemplate: _, ...body } = group.body
      return whole.replace(group.with(body))
    }
    expect(left(await bare(open))).toThrow(
      notOurs(
        'node group workers has no launch template of its own, and its node i-0a has HttpTokens optional',
        'Give workers a launch template',
      ),
    )
    expect(left(await bare('{ HttpEndpoint: enabled, HttpTokens: required, HttpPutResponseHopLimit: 1 }'))().steps).toEqual([])
  })

  test('are not planned over where the launch template was not read', async () => {
    const whole = await world()
    const unread = new World({
      resources: [...whole.resources()].filter(({ kind }) => kind !== 'aws/ec2/LaunchTemplateVersion'),
      read: allKinds.filter(kind => kind !== 'aws/ec2/LaunchTemplateVersion').map(kind => ({ kind })),
      unread: [],
    })
    expect(left(unread)).toThrow('lt-0a')
  })
})
