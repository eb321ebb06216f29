import { setting, targetOf, type Change } from '#model/change.ts'
import type { Evidence, Resource } from '#model/resource.ts'
import { valueOf, vpcCniOf, type Setting, type VpcCni, type VpcCniReader } from '#joints/vpc-cni.ts'

export const modeVariable = 'POD_SECURITY_GROUP_ENFORCING_MODE'

/** How the VPC CNI routes the traffic of pods with branch interfaces, and where that stands. */
export interface Enforcing {
  readonly cni: VpcCni
  readonly mode: 'strict' | 'standard'
  readonly at: Evidence
}

/**
 * Whatever is not `standard` is strict. Undefined where the cluster runs no VPC CNI as a DaemonSet.
 * https://github.com/aws/amazon-vpc-cni-k8s#pod_security_group_enforcing_mode-v1110
 * @throws Unread when the DaemonSet was not read, or takes the setting from elsewhere
 */
export function enforcingOf(world: VpcCniReader, cluster: string): Enforcing | undefined {
  const cni = vpcCniOf(world, cluster)
  if (cni === undefined) return undefined
  const given = cni.variable(modeVariable)
  const mode = valueOf(given) === 'standard' ? 'standard' : 'strict'
  const label =
    mode === 'standard' ? 'standard mode' : given.value === undefined ? `${modeVariable} is not set, which means strict` : 'strict mode'
  return { cni, mode, at: settingAt(cni, given, label) }
}

/** Where a setting stands; one that nobody wrote stands at the name of the DaemonSet that lacks it. */
export const settingAt = ({ daemonSet }: VpcCni, { path }: Setting, label: string): Evidence =>
  daemonSet.at(path ?? ['metadata', 'name'], label)

/**
 * Sets a variable of a container of `aws-node`; undefined where the container does not exist.
 * The add-on keeps a value that somebody else set, unless its conflicts are resolved by OVERWRITE.
 */
export function settingVariable(
  { daemonSet }: VpcCni,
  group: 'containers' | 'initContainers',
  name: string,
  value: string,
  risk: string,
): Change | undefined {
  const container = containerNames[group]
  const index = (daemonSet.body.spec?.template.spec?.[group] ?? []).findIndex(item => item.name === container)
  if (index < 0) return undefined
  const env = daemonSet.body.spec?.template.spec?.[group]?.[index]?.env ?? []
  const at = env.findLastIndex(variable => variable.name === name)
  const root = ['spec', 'template', 'spec', group, index, 'env']
  const resource = daemonSet as unknown as Resource
  const edit = at < 0 ? setting(resource, [...root, env.length], { name, value }) : setting(resource, [...root, at, 'value'], value)
  return { target: targetOf(resource), edit, permissions: ['patch daemonsets'], risk }
}

const containerNames = { containers: 'aws-node', initContainers: 'aws-vpc-cni-init' } as const
