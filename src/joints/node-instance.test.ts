import { describe, expect, it } from 'vitest'
import { Unread } from '#base/errors.ts'
import type { Kind, Kinds } from '#model/kinds.ts'
import type { Origin } from '#model/place.ts'
import { Resource, type Scope } from '#model/resource.ts'
import { World, type Coverage } from '#model/world.ts'
import { assertAllNodes, instanceOf } from './node-instance.ts'

const nowhere: Origin = { locate: () => ({ in: 'api', call: 'test', path: '.', excerpt: '' }) }
const account = '111122223333'
const prod: Scope = { cluster: 'prod' }
const region = { account, region: 'eu-west-1' }
const arn = (id: string) => `arn:aws:ec2:eu-west-1:${account}:instance/${id}`
const made = <K extends Kind>(kind: K, id: string, scope: Scope, body: object) => new Resource(kind, id, scope, body as Kinds[K], nowhere)

const cluster = made('aws/eks/Cluster', `arn:aws:eks:eu-west-1:${account}:cluster/prod`, region, { name: 'prod' })
const node = (name: string, providerID?: string) => made('k8s/Node', name, prod, { metadata: { name }, spec: { providerID } })
const instance = (InstanceId: string) => made('aws/ec2/Instance', arn(InstanceId), region, { Arn: arn(InstanceId), InstanceId })
const nodes: Coverage = { kind: 'k8s/Node', scope: prod }
const asked = (id: string): Coverage => ({ kind: 'aws/ec2/Instance', id: arn(id), scope: region })

const ours = node('a', 'aws:///eu-west-1a/i-0a')
const world = (resources: readonly object[], read: readonly Coverage[] = []) =>
  new World({ resources: [cluster, ...resources] as readonly Resource[], read, unread: [] })

describe('the instance of a node', () => {
  it('is found by its id, though nobody listed the instances of the account', () => {
    expect(instanceOf(world([ours, instance('i-0a')]), ours)?.body.InstanceId).toBe('i-0a')
  })
  it('is none for nodes that are no instances', () => {
    const fargate = node('fargate', 'aws:///eu-west-1a/0c3b/fargate-ip-10-0-1-17.eu-west-1.compute.internal')
    expect([fargate, node('pending')].map(each => instanceOf(world([each]), each))).toEqual([undefined, undefined])
  })
  it('is unknown where it was not asked for, and where EC2 does not know it', () => {
    expect(() => instanceOf(world([ours]), ours)).toThrow(Unread)
    expect(() => instanceOf(world([ours], [asked('i-0a')]), ours)).toThrow('the instance of a node was not found')
  })
})

describe('that all nodes are known', () => {
  it('holds when the instance of each node of the cluster was found', () => {
    expect(() => assertAllNodes(world([ours, instance('i-0a')], [nodes]), account)).not.toThrow()
  })
  it('does not hold when the nodes, or the instance of one, were not read, and does when EC2 knows no such instance', () => {
    expect(() => assertAllNodes(world([ours, instance('i-0a')]), account)).toThrow('cluster prod was not read in full')
    const two = [ours, node('b', 'aws:///eu-west-1a/i-0b'), instance('i-0a')]
    expect(() => assertAllNodes(world(two, [nodes]), account)).toThrow(Unread)
    expect(() => assertAllNodes(world(two, [nodes, asked('i-0b')]), account)).not.toThrow()
  })
  it('holds when all instances of the account were listed, as in a dump without the cluster', () => {
    expect(() => assertAllNodes(world([instance('i-0a')], [{ kind: 'aws/ec2/Instance', scope: { account } }]), account)).not.toThrow()
  })
})
