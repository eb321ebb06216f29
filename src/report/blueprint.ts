import type { UnreadFact } from '#base/errors.ts'
import { settleText } from '#base/settle.ts'
import type { Blueprint, BlueprintFlow, BlueprintPeer, BlueprintRead, BlueprintWorkload } from '#model/blueprint.ts'
import { clean } from './characters.ts'
import { yamlLines } from './yaml-lines.ts'

export interface BlueprintReport {
  readonly blueprint: Blueprint
  readonly remarks: readonly string[]
  readonly unread: readonly { readonly about: string; readonly fact: UnreadFact }[]
}

/** A blueprint as it stands in `mortise.yaml`, with remarks on what it does not say. Ends with a line feed. */
export function blueprintText({ blueprint, remarks, unread }: BlueprintReport): string {
  const open = unread.map(
    ({ about, fact }) =>
      `${about}: not read: ${fact.kind} ${fact.reason}${fact.settle === undefined ? '' : ` (${settleText(fact.settle)})`}`,
  )
  const notes = [...remarks, ...open].map(text => `# ${clean(text)}`)
  const head = ['# What exists, as mortise init found it. Compare it with mortise plan, then make it what shall hold.', ...notes]
  return `${[...head, ...yamlLines(fileOf(blueprint))].join('\n')}\n`
}

function fileOf({ cluster, workloads, storage, logs, detection, nodes, access }: Blueprint): Readonly<Record<string, unknown>> {
  return {
    cluster,
    ...(workloads.length === 0
      ? {}
      : { workloads: Object.fromEntries(workloads.map(each => [`${each.namespace}/${each.serviceAccount}`, workloadOf(each)])) }),
    storage: storage && { class: storage.class, key: storage.key, default: storage.isDefault, accountDefault: storage.accountDefault },
    logs: logs && {
      insights: logs.insights,
      retention: logs.retentionDays === undefined ? undefined : `${logs.retentionDays}d`,
      controlPlane: logs.controlPlane.length === 0 ? undefined : logs.controlPlane,
      key: logs.key,
    },
    detection: detection && { guardduty: detection.guardduty },
    nodes: nodes && { imds: nodes.imds },
    ...(access.length === 0 ? {} : { access: Object.fromEntries(access.map(each => [each.principalArn, accessOf(each)])) }),
  }
}

function workloadOf({ pods, identity, reads, mounts, network }: BlueprintWorkload): unknown {
  return {
    pods,
    identity,
    reads: reads.length === 0 ? undefined : reads.map(readText),
    mounts: mounts.length === 0 ? undefined : Object.fromEntries(mounts.map(({ secret, folder }) => [secret, folder])),
    network: network && { from: network.from?.map(flowText), to: network.to?.map(flowText), securityGroup: network.securityGroup?.id },
  }
}

const readText = (read: BlueprintRead): string => (read.is === 's3' ? `s3/${read.bucket}/${read.keys}` : `${read.is}/${read.name}`)

const flowText = ({ peer, port, protocol }: BlueprintFlow): string => `${peerText(peer)}:${port}${protocol === 'UDP' ? '/udp' : ''}`

function peerText(peer: BlueprintPeer): string {
  if (peer.is === 'workload') return `${peer.namespace}/${peer.serviceAccount}`
  if (peer.is === 'block') return peer.cidr.includes(':') ? `[${peer.cidr}]` : peer.cidr
  if (peer.is === 'internet') return peer.is
  return peer.is === 'rds' ? `rds/${peer.name}` : `aws/${peer.service}`
}

const accessOf = ({ groups, policies }: Blueprint['access'][number]): unknown => ({
  groups: groups.length === 0 ? undefined : groups,
  policies:
    policies.length === 0
      ? undefined
      : Object.fromEntries(policies.map(({ name, namespaces }) => [name, namespaces.length === 0 ? 'cluster' : namespaces])),
})
