import type { Proposal } from '#joints/proposal.ts'
import { roleProposals } from '#joints/role-proposals.ts'
import { addonValue, settingAddon, vpcCniAddon } from '#joints/vpc-cni-addon.ts'
import { isTrue, valueOf, vpcCniKinds, vpcCniOf, type VpcCni } from '#joints/vpc-cni.ts'
import { UserError } from '#base/errors.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { modeVariable, settingVariable } from './enforcing-mode.ts'

export const podEniKinds = [...vpcCniKinds, 'aws/eks/Addon', 'aws/eks/Cluster', 'aws/iam/Role'] as const
type PodEniReader = Reader<(typeof podEniKinds)[number]>
type Cluster = Resource<'aws/eks/Cluster'>

const makes = 'security-groups-for-pods: VPC CNI'

/** https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonEKSVPCResourceController.html */
const controllerPolicy = 'AmazonEKSVPCResourceController'

/** How the VPC CNI routes pods with groups of their own, as it is set, in the add-on or in its DaemonSet; undefined: nobody said it. */
export function enforcingModeOf(world: PodEniReader, cluster: Cluster): 'standard' | 'strict' | undefined {
  const addon = vpcCniAddon(world, cluster)
  const configured = addon === undefined ? undefined : addonValue(addon, ['env', modeVariable])
  const value = configured ?? valueOf(cniOf(world, cluster).variable(modeVariable))
  if (value === undefined) return undefined
  return value === 'standard' ? 'standard' : 'strict'
}

/** @throws UserError `NOT_OURS` where the cluster runs none as a DaemonSet */
function cniOf(world: PodEniReader, cluster: Cluster): VpcCni {
  const cni = vpcCniOf(world, cluster.body.name)
  if (cni !== undefined && cluster.body.computeConfig?.enabled !== true) return cni
  throw new UserError(
    'NOT_OURS',
    `cluster ${cluster.body.name} does not run the VPC CNI on its nodes, which gives pods groups of their own`,
    {
      help: 'Install the add-on vpc-cni; in EKS Auto Mode use the securityGroups of a NodeClass.',
    },
  )
}

/**
 * What is missing for the VPC CNI to give pods interfaces of their own: its settings, and the permissions of the cluster's role. The mode is chosen
 * only where pods have no interfaces of their own yet: of those that run it would change the traffic.
 * @param isProbed pods with groups of their own have probes over the network
 * @throws Unread when the VPC CNI, its add-on or the role was not read, UserError `NOT_OURS`
 */
export function podEniProposals(world: PodEniReader, cluster: Cluster, isProbed: boolean): readonly Proposal[] {
  const cni = cniOf(world, cluster)
  const addon = vpcCniAddon(world, cluster)
  const isOn = isTrue(cni.variable('ENABLE_POD_ENI'))
  const mode = enforcingModeOf(world, cluster)
  const chooses = !isOn && mode === undefined
  const isStrict = mode === 'strict' || (mode === undefined && isOn)
  const settings = [
    ...(isOn ? [] : [{ path: ['env', 'ENABLE_POD_ENI'], value: 'true' }]),
    ...(chooses ? [{ path: ['env', modeVariable], value: 'standard' }] : []),
    ...(isStrict && isProbed && !isTrue(cni.initVariable('DISABLE_TCP_EARLY_DEMUX'))
      ? [{ path: ['init', 'env', 'DISABLE_TCP_EARLY_DEMUX'], value: 'true' }]
      : []),
  ]
  const risk = 'aws-node is restarted on every node, and each node gives up one of its network interfaces for the trunk.'
  const because = chooses
    ? {
        because:
          'standard mode, since AWS asks for it beside network policies, and strict mode cuts pods off the agent of EKS Pod Identity',
      }
    : {}
  const title = 'let the VPC CNI give pods interfaces of their own'
  const made = addon === undefined ? [] : (settingAddon(addon, settings, { title, risk, makes, ...because }) ?? [])
  return [
    ...controllerRole(world, cluster),
    ...[made].flat(),
    ...(addon === undefined ? bySelf(cni, settings, { title, risk, because }) : []),
  ]
}

/** Of a VPC CNI that no add-on manages, the DaemonSet is edited itself. */
function bySelf(
  cni: VpcCni,
  settings: readonly { readonly path: readonly string[]; readonly value: string }[],
  { title, risk, because }: { readonly title: string; readonly risk: string; readonly because: { readonly because?: string } },
): readonly Proposal[] {
  return settings.flatMap(({ path, value }) => {
    const change = settingVariable(cni, path[0] === 'init' ? 'initContainers' : 'containers', path.at(-1) ?? '', value, risk)
    return change === undefined ? [] : [{ change, title: `${title}: ${path.at(-1) ?? ''}`, makes, ...because }]
  })
}

/** The VPC resource controller makes the interfaces with the role of the cluster. */
function controllerRole(world: PodEniReader, { body }: Cluster): readonly Proposal[] {
  const arn = body.roleArn ?? ''
  if (world.find('aws/iam/Role', arn) === undefined)
    throw new UserError('NOT_OURS', `the role of cluster ${body.name} does not exist: ${arn}`, { help: 'Make it again.' })
  return roleProposals(world, {
    arn,
    trust: { Version: '2012-10-17', Statement: [] },
    policy: { Version: '2012-10-17', Statement: [] },
    managed: [`arn:${arn.split(':')[1] ?? 'aws'}:iam::aws:policy/${controllerPolicy}`],
    joint: 'security-groups-for-pods',
    verb: '',
    risk: 'The cluster may then make, change and delete network interfaces of the account.',
  })
}
