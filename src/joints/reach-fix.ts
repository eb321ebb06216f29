import type { Heal, HealEdit } from '#network/heal.ts'
import { setting, targetOf, type Change } from '#model/change.ts'
import type { Kind } from '#model/kinds.ts'
import { isKubernetesKind, kubernetesKinds } from '#model/kinds.ts'
import type { Fix } from '#model/verdict.ts'
import type { ClusterNetwork } from './network.ts'

/** A heal as changes of what was read; undefined when a document is not among it. It opens something, so it needs approval. */
export function reachFix(view: ClusterNetwork, heal: Heal): Fix | undefined {
  const changes = heal.edits.map(edit => changeOf(view, edit, heal))
  return changes.every(change => change !== undefined) ? { title: heal.says.join(', and '), safe: false, changes } : undefined
}

function changeOf(view: ClusterNetwork, edit: HealEdit, heal: Heal): Change | undefined {
  const { opens } = heal
  const risk = opens.length === 1 ? 'It opens 1 pair of workloads.' : `It opens ${opens.length} pairs of workloads.`
  const permissions = [permissionFor(edit)]
  if (edit.do === 'create') {
    const target = { kind: edit.kind, id: edit.id, scope: { cluster: view.cluster } }
    return { target, edit: { do: 'create', body: edit.document }, permissions, risk }
  }
  const resource = view.resourceOf(edit)
  return resource === undefined
    ? undefined
    : { target: targetOf(resource), edit: setting(resource, edit.path, edit.value), permissions, risk }
}

const awsPermissions: Partial<Readonly<Record<Kind, (path: HealPath) => string>>> = {
  'aws/ec2/SecurityGroup': path =>
    path[0] === 'IpPermissionsEgress' ? 'ec2:AuthorizeSecurityGroupEgress' : 'ec2:AuthorizeSecurityGroupIngress',
  'aws/ec2/NetworkAcl': () => 'ec2:CreateNetworkAclEntry',
}

type HealPath = Extract<HealEdit, { readonly do: 'add' }>['path']

function permissionFor(edit: HealEdit): string {
  if (isKubernetesKind(edit.kind)) return `${edit.do === 'create' ? 'create' : 'patch'} ${kubernetesKinds[edit.kind].plural}`
  const permission = edit.do === 'add' ? awsPermissions[edit.kind]?.(edit.path) : undefined
  if (permission === undefined) throw new Error(`nobody knows what permits editing ${edit.kind}`)
  return permission
}
