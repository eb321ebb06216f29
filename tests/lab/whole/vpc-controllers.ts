import { CreateNetworkInterfaceCommand, DescribeSubnetsCommand, EC2Client } from '@aws-sdk/client-ec2'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { NodeCoordinates } from '../coordinates.ts'
import { apply } from '../irsa/workloads.ts'
import type { Lab } from '../lab.ts'
import { run } from '../process/run.ts'
import { nodePackages } from '../node/programs.ts'

const annotation = 'vpc.amazonaws.com/pod-eni'

type Labels = Readonly<Record<string, string>>
interface Selector {
  readonly matchLabels?: Labels
}
interface Pod {
  readonly metadata: {
    readonly name: string
    readonly namespace: string
    readonly deletionTimestamp?: string
    readonly annotations?: Labels
  }
  readonly status: { readonly podIP?: string; readonly hostIP?: string }
}
interface Peer {
  readonly ipBlock?: { readonly cidr: string; readonly except?: readonly string[] }
  readonly podSelector?: Selector
  readonly namespaceSelector?: Selector
}
interface Rule {
  readonly ports?: readonly object[]
  readonly from?: readonly Peer[]
  readonly to?: readonly Peer[]
}
interface Policy {
  readonly metadata: { readonly name: string }
  readonly spec: {
    readonly podSelector: Selector
    readonly policyTypes: readonly string[]
    readonly ingress?: readonly Rule[]
    readonly egress?: readonly Rule[]
  }
}

/** A node of a type that has trunk interfaces tells how many branch interfaces it takes. */
export const attachTrunk = (lab: Lab, node: string): Promise<string> =>
  lab.kubectl(
    'patch',
    `node/${node}`,
    '--subresource=status',
    '--type=merge',
    '-p',
    JSON.stringify({ status: { capacity: { 'vpc.amazonaws.com/pod-eni': '9' }, allocatable: { 'vpc.amazonaws.com/pod-eni': '9' } } }),
  )

/**
 * What the VPC resource controller does for pods of a SecurityGroupPolicy, those that are there and, until it is stopped, those that come: an interface
 * with its groups, told in an annotation.
 */
export async function keepInterfaces(lab: Lab, namespace: string, app: string, vpc: string): Promise<() => Promise<void>> {
  let isOver = false
  const given = async () => {
    while (!isOver) {
      await giveInterfaces(lab, namespace, app, vpc)
      await setTimeout(200)
    }
  }
  const ended = given()
  return async () => {
    isOver = true
    await ended
  }
}

/** The same once. */
export async function giveInterfaces(lab: Lab, namespace: string, app: string, vpc: string): Promise<void> {
  const ec2 = new EC2Client(lab.aws())
  const pods = (await podsWith(lab, ['-n', namespace], { app })).filter(
    ({ metadata, status }) => metadata.annotations?.[annotation] === undefined && status.podIP !== undefined,
  )
  if (pods.length === 0) return
  const { Subnets = [] } = await ec2.send(new DescribeSubnetsCommand({ Filters: [{ Name: 'vpc-id', Values: [vpc] }] }))
  const path = 'jsonpath={.spec.securityGroups.groupIds[*]}'
  const Groups = (await lab.kubectl('get', 'securitygrouppolicy', `mortise-${app}`, '-n', namespace, '-o', path)).split(' ')
  for (const { metadata, status } of pods) {
    const address = status.podIP ?? ''
    const network = (text: string) => text.split('.').slice(0, 3).join('.')
    const SubnetId = Subnets.find(({ CidrBlock = '' }) => network(CidrBlock) === network(address))?.SubnetId
    const made = await ec2.send(new CreateNetworkInterfaceCommand({ SubnetId, Groups, PrivateIpAddress: address, InterfaceType: 'branch' }))
    const value = JSON.stringify([{ eniId: made.NetworkInterface?.NetworkInterfaceId, privateIp: address, vlanId: 1 }])
    await lab.kubectl('annotate', '--overwrite', '-n', namespace, `pod/${metadata.name}`, `${annotation}=${value}`)
  }
}

/** What the agent of the VPC CNI does, for the one flow that a probe tries and the policies of the example do not admit: DNS servers, one port further. */
export async function enforceAsMeant({ namespacesOf }: NodeCoordinates): Promise<() => Promise<string>> {
  const nft = (...args: string[]) =>
    run(['nsenter', '--target', String(namespacesOf), '--net', '--', join(nodePackages.folder, 'usr/sbin/nft'), ...args], {
      env: { LD_LIBRARY_PATH: join(nodePackages.folder, 'usr/lib/x86_64-linux-gnu') },
    })
  await nft('add', 'table', 'inet', 'enforcer')
  await nft('add', 'chain', 'inet', 'enforcer', 'forwarded', '{ type filter hook forward priority 0; }')
  await nft('add', 'rule', 'inet', 'enforcer', 'forwarded', 'tcp', 'dport', '54', 'drop')
  return () => nft('delete', 'table', 'inet', 'enforcer')
}

/** What the network policy controller of EKS does: the policies of a namespace as addresses, for the agents of the nodes. */
export async function resolvePolicies(lab: Lab, namespace: string): Promise<void> {
  const listed = JSON.parse(await lab.kubectl('get', 'networkpolicies', '-n', namespace, '-o', 'json')) as { items: readonly Policy[] }
  const endpoints = await Promise.all(
    listed.items.map(async ({ metadata: { name }, spec }) => ({
      apiVersion: 'networking.k8s.aws/v1alpha1',
      kind: 'PolicyEndpoint',
      metadata: { name: `${name}-00000`, namespace },
      spec: {
        policyRef: { name, namespace },
        podSelector: spec.podSelector,
        podIsolation: spec.policyTypes,
        podSelectorEndpoints: (await podsWith(lab, ['-n', namespace], spec.podSelector.matchLabels)).map(({ metadata, status }) => ({
          hostIP: status.hostIP,
          podIP: status.podIP,
          name: metadata.name,
          namespace,
        })),
        ingress: await resolved(lab, namespace, spec.ingress ?? []),
        egress: await resolved(lab, namespace, spec.egress ?? []),
      },
    })),
  )
  await apply(lab, endpoints)
}

async function resolved(lab: Lab, namespace: string, rules: readonly Rule[]): Promise<readonly object[]> {
  const all = rules.flatMap(({ ports = [], from = [], to = [] }) => [...from, ...to].map(peer => ({ ports, peer })))
  const parts = await Promise.all(
    all.map(async ({ ports, peer }) => (await addressesOf(lab, namespace, peer)).map(address => ({ ...address, ports }))),
  )
  return parts.flat()
}

async function addressesOf(lab: Lab, namespace: string, { ipBlock, podSelector, namespaceSelector }: Peer): Promise<readonly object[]> {
  if (ipBlock !== undefined) return [ipBlock]
  const where = namespaceSelector?.matchLabels?.['kubernetes.io/metadata.name'] ?? namespace
  return (await podsWith(lab, ['-n', where], podSelector?.matchLabels)).map(({ status }) => ({ cidr: status.podIP }))
}

async function podsWith(lab: Lab, where: readonly string[], labels: Labels = {}): Promise<readonly Pod[]> {
  const selector = Object.entries(labels).map(([key, value]) => `${key}=${value}`)
  const text = await lab.kubectl('get', 'pods', ...where, '-l', selector.join(','), '-o', 'json')
  return (JSON.parse(text) as { readonly items: readonly Pod[] }).items.filter(({ metadata }) => metadata.deletionTimestamp === undefined)
}
