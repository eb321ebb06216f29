import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { parseAddress } from '#network/addresses.ts'
import { applyChanges, setting, targetOf } from '#model/change.ts'
import type { World } from '#model/world.ts'
import { faultsOf, made, undone, wholeWorld } from '../../../tests/blueprints/made-world.ts'
import { entryOf, groupsOf } from './endpoint-groups.ts'
import { maySend } from './endpoint-policy.ts'
import guardduty from './joint.ts'

const account = '111122223333'
const arn = `arn:aws:guardduty:eu-west-1:${account}:detector/12abc34d567e8fa901bc2d34e56789f0`
const cluster = (tags = '{}') => `
kind: aws/eks/Cluster
name: prod
arn: arn:aws:eks:eu-west-1:${account}:cluster/prod
version: "1.36"
tags: ${tags}
resourcesVpcConfig: { vpcId: vpc-0a1b2c3d, subnetIds: [] }
---`
interface Setup {
  readonly status?: string
  readonly audit?: string
  readonly runtime?: string
  readonly management?: string
  readonly legacy?: string
  readonly administrator?: string
}
const detector = ({
  status = 'ENABLED',
  audit = 'ENABLED',
  runtime = 'DISABLED',
  management = 'DISABLED',
  legacy = 'DISABLED',
  administrator,
}: Setup = {}) => `
kind: aws/guardduty/Detector
Arn: ${arn}
DetectorId: 12abc34d567e8fa901bc2d34e56789f0
Status: ${status}
Features:
  - { Name: EKS_AUDIT_LOGS, Status: ${audit} }
  - { Name: EBS_MALWARE_PROTECTION, Status: ENABLED }
  - { Name: EKS_RUNTIME_MONITORING, Status: ${legacy}, AdditionalConfiguration: [{ Name: EKS_ADDON_MANAGEMENT, Status: ${legacy} }] }
  - { Name: RUNTIME_MONITORING, Status: ${runtime}, AdditionalConfiguration: [{ Name: EKS_ADDON_MANAGEMENT, Status: ${management} }, { Name: EC2_AGENT_MANAGEMENT, Status: DISABLED }] }
---
kind: aws/guardduty/Administrator
DetectorArn: ${arn}
Administrator: ${administrator === undefined ? 'null' : `{ AccountId: "${administrator}", RelationshipStatus: Enabled }`}
---`
const blueprint = (plans = '[audit-logs, runtime]') => `cluster: prod\ndetection: { guardduty: ${plans} }\n`
const titles = (steps: readonly { readonly title: string }[]) => steps.map(({ title }) => title)
const making = (world: Awaited<ReturnType<typeof wholeWorld>>, plans?: string) => made(world, blueprint(plans), 'guardduty')
/** That findings reach somebody, and that agents run, is no matter of a blueprint: GuardDuty installs them once it is told to. */
const faults = (world: Awaited<ReturnType<typeof wholeWorld>>) =>
  faultsOf(guardduty, world).filter(text => !/findings-published-nowhere|agent-(?:absent|missing)|coverage/.test(text))

describe('detection of a blueprint', () => {
  it('a region without a detector gets one, planned again to nothing and taken back to nothing', async () => {
    const world = await wholeWorld(cluster())
    const { steps, world: then } = making(world)
    expect(titles(steps)).toEqual(['switch GuardDuty on in eu-west-1'])
    expect(making(then).steps).toEqual([])
    expect([...undone(then, steps).resources()].map(({ id }) => id)).toEqual([...world.resources()].map(({ id }) => id))
  })

  it.each<[string, Setup, readonly string[]]>([
    ['suspended', { status: 'DISABLED', runtime: 'ENABLED', management: 'ENABLED' }, ['switch the detector on']],
    [
      'without plans',
      { audit: 'DISABLED' },
      ['let GuardDuty watch the audit logs of EKS', 'switch RUNTIME_MONITORING on', 'let GuardDuty install its agent'],
    ],
    [
      'under the older name',
      { legacy: 'ENABLED' },
      [
        'switch RUNTIME_MONITORING on',
        'let GuardDuty install its agent',
        'switch EKS_RUNTIME_MONITORING off, which RUNTIME_MONITORING replaces',
      ],
    ],
    [
      'under both names',
      { legacy: 'ENABLED', runtime: 'ENABLED', management: 'ENABLED' },
      ['switch EKS_RUNTIME_MONITORING off, which RUNTIME_MONITORING replaces'],
    ],
  ])('a detector that is %s is mended, holds then, and is taken back', async (_, setup, expected) => {
    const world = await wholeWorld(cluster() + detector(setup))
    const { steps, world: then } = making(world)
    expect(titles(steps)).toEqual(expected)
    expect(faults(then)).toEqual([])
    expect(making(then).steps).toEqual([])
    const bodyOf = (each: typeof world) => each.find('aws/guardduty/Detector', arn)?.body
    expect(bodyOf(undone(then, steps))).toEqual(bodyOf(world))
  })

  it('a plan that is not declared is left as it is', async () => {
    expect(titles(making(await wholeWorld(cluster() + detector({ audit: 'DISABLED' })), '[audit-logs]').steps)).toEqual([
      'let GuardDuty watch the audit logs of EKS',
    ])
  })

  it('a cluster that somebody keeps out of it is told, since nobody would install the agent', async () => {
    const world = await wholeWorld(cluster('{ GuardDutyManaged: "false" }') + detector({ runtime: 'ENABLED' }))
    expect(() => making(world)).toThrow('has tag GuardDutyManaged=false, so GuardDuty does not install its agent')
  })

  it('what the organization’s administrator alone can change is not planned, and what holds needs nobody', async () => {
    const member = { administrator: '999999999999' }
    const off = await wholeWorld(cluster() + detector({ ...member, audit: 'DISABLED' }))
    expect(() => making(off, '[audit-logs]')).toThrow(
      expect.objectContaining({
        code: 'NOT_OURS',
        message: expect.stringContaining('account 999999999999 administers GuardDuty here') as string,
      }) as Error,
    )
    expect(making(await wholeWorld(cluster() + detector(member)), '[audit-logs]').steps).toEqual([])
  })
})

const vpc = 'vpc-0c0000000000000c1'
/** A cluster whose agent somebody installed, with its node, its groups and its subnets, and no endpoint. */
async function byHand({ tags = '{ GuardDutyManaged: "false" }', names = true, owner = account, management = 'DISABLED', more = '' } = {}) {
  const pass = await readFile(new URL('endpoint-closed-to-nodes/pass.yaml', import.meta.url), 'utf8')
  const parts = pass.split('---\n').filter(part => /^kind: (?:Node|DaemonSet)|^apiVersion|^kind: aws\/ec2\/Instance/.test(part))
  const subnet = (id: string, zone: string) => `kind: aws/ec2/Subnet
SubnetArn: arn:aws:ec2:eu-west-1:${account}:subnet/${id}
SubnetId: ${id}
VpcId: ${vpc}
AvailabilityZone: ${zone}
`
  const ids = ['subnet-0a0000000000000a1', 'subnet-0a0000000000000a2', 'subnet-0b0000000000000b1'] as const
  const network = `kind: aws/ec2/Vpc
Arn: arn:aws:ec2:eu-west-1:${account}:vpc/${vpc}
VpcId: ${vpc}
OwnerId: "${owner}"
CidrBlockAssociationSet: [{ CidrBlock: 10.0.0.0/16 }, { CidrBlock: 100.64.0.0/16 }]
EnableDnsSupport: { Value: true }
EnableDnsHostnames: { Value: ${names} }
`
  const eks = cluster(tags)
    .replace(/vpcId: .*/, `vpcId: ${vpc}, subnetIds: [${ids.join(', ')}] }`)
    .replace(/---$/, '')
  return wholeWorld(
    [
      detector({ runtime: 'ENABLED', management }).replace(/---$/, ''),
      eks,
      network,
      subnet(ids[0], 'eu-west-1a'),
      subnet(ids[1], 'eu-west-1a'),
      subnet(ids[2], 'eu-west-1b'),
      ...parts,
      ...(more === '' ? [] : [more]),
    ].join('\n---\n'),
  )
}
const endpoints = (world: World) => world.seen('aws/ec2/VpcEndpoint')
/** As EC2 then says of what was made. */
const available = (world: World) =>
  applyChanges(
    world,
    endpoints(world).map(each => ({ target: targetOf(each), edit: setting(each, ['State'], 'available'), permissions: [], risk: '' })),
  )

describe('the endpoint of agents that somebody installs', () => {
  it('is made with its group, in one subnet of each zone, holds, and is taken back', async () => {
    const world = await byHand()
    const { steps, world: then } = making(world)
    expect(titles(steps)).toEqual([
      'create security group prod-guardduty-data',
      'let the VPC into group prod-guardduty-data on port 443',
      `make the endpoint guardduty-data in ${vpc}`,
    ])
    expect(endpoints(then).map(({ body }) => body.SubnetIds)).toEqual([['subnet-0a0000000000000a1', 'subnet-0b0000000000000b1']])
    expect(faults(available(then))).toEqual([])
    expect(making(then).steps).toEqual([])
    expect(endpoints(undone(then, steps))).toEqual([])
  })

  it('lets agents of the account send from the VPC, and nobody else anything', async () => {
    const { world } = making(await byHand())
    const [endpoint] = endpoints(world)
    if (endpoint === undefined) throw new Error('no endpoint was planned')
    const sends = (by: string) => maySend(endpoint, by, endpoint.body.PolicyDocument).answer
    expect([sends(account), sends('999999999999')]).toEqual(['allow', 'implicitDeny'])
    const groups = groupsOf(world, endpoint)
    const enters = (text: string) => {
      const address = parseAddress(text)
      if (address === undefined) throw new Error(text)
      return entryOf(groups, { name: text, groups: [], address, at: endpoint.at(['VpcId'], '') }) !== undefined
    }
    expect(['10.0.1.17', '100.64.3.4', '10.1.0.1'].map(enters)).toEqual([true, true, false])
  })

  it('is left to GuardDuty where it manages the agent', async () => {
    expect(making(await byHand({ tags: '{}', management: 'ENABLED' })).steps).toEqual([])
    expect(making(await byHand({ tags: '{ GuardDutyManaged: "true" }' })).steps).toEqual([])
    expect(making(await byHand({ tags: '{}' })).steps).toHaveLength(3)
  })

  it.each([
    ['without names for hosts', { names: false }, 'modify-vpc-attribute --vpc-id vpc-0c0000000000000c1 --enable-dns-hostnames'],
    ['of another account', { owner: '999999999999' }, 'Let account 999999999999 make the endpoint'],
  ])('a VPC %s is told', async (_, setup, help) => {
    const world = await byHand(setup)
    expect(() => making(world)).toThrow(expect.objectContaining({ help: expect.stringContaining(help) as string }) as Error)
  })

  it('one that is there is kept as it is, and told where it does not let agents in', async () => {
    const there = (policy: string) => `kind: aws/ec2/VpcEndpoint
Arn: arn:aws:ec2:eu-west-1:${account}:vpc-endpoint/vpce-0e0000000000000e1
VpcEndpointId: vpce-0e0000000000000e1
VpcEndpointType: Interface
ServiceName: com.amazonaws.eu-west-1.guardduty-data
VpcId: ${vpc}
State: available
PrivateDnsEnabled: true
PolicyDocument: { Version: "2012-10-17", Statement: [{ Effect: ${policy}, Principal: "*", Action: "*", Resource: "*" }] }
`
    expect(making(await byHand({ more: there('Allow') })).steps).toEqual([])
    const denying = await byHand({ more: there('Deny') })
    expect(() => making(denying)).toThrow(
      'vpce-0e0000000000000e1, by which the agents of cluster prod send, does not let agents of the account send',
    )
  })
})
