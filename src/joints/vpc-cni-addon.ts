import { load, YAMLException } from 'js-yaml'
import { UserError } from '#base/errors.ts'
import { setting, targetOf, type Change } from '#model/change.ts'
import { valueAt } from '#model/place.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import type { Proposal } from './proposal.ts'

type Addon = Resource<'aws/eks/Addon'>

/**
 * The add-on that manages the VPC CNI of a cluster; undefined where it is installed in another way.
 * @throws Unread when the add-ons of the cluster were not read
 */
export function vpcCniAddon(world: Reader<'aws/eks/Addon'>, cluster: Resource<'aws/eks/Cluster'>): Addon | undefined {
  const [, , , region = '', account = ''] = cluster.id.split(':')
  const addons = world.list('aws/eks/Addon', { account, region, clusterName: cluster.body.name })
  return addons.find(({ body }) => body.addonName === 'vpc-cni')
}

/** A value of the add-on's configuration: `['env', 'ENABLE_POD_ENI']` is `true`. */
export interface AddonSetting {
  readonly path: readonly string[]
  readonly value: string
}

/** EKS restarts aws-node on every node before the add-on is active again. */
const rollout = { for: 'ready', seconds: 900 } as const

/**
 * The change by which the add-on has these settings; undefined when it has them. Everything else that is configured stays.
 * https://docs.aws.amazon.com/eks/latest/userguide/updating-an-add-on.html
 * @throws UserError `NOT_OURS` when its configuration cannot be read
 */
export function settingAddon(
  addon: Addon,
  settings: readonly AddonSetting[],
  facts: Pick<Change, 'risk'> & Omit<Proposal, 'change' | 'wait'>,
): Proposal | undefined {
  const { risk, ...rest } = facts
  const before = configurationOf(addon)
  const missing = settings.filter(({ path, value }) => valueAt(before, path) !== value)
  if (missing.length === 0) return undefined
  const after = missing.reduce<Record<string, unknown>>((values, { path, value }) => withValue(values, path, value), before)
  const edit = setting(addon, ['configurationValues'], JSON.stringify(after))
  return { ...rest, change: { target: targetOf(addon), edit, permissions: ['eks:UpdateAddon'], risk }, wait: rollout }
}

/** What the configuration of the add-on says at a path; undefined when it says nothing. */
export const addonValue = (addon: Addon, path: readonly string[]): unknown => valueAt(configurationOf(addon), path)

/** JSON or YAML. */
function configurationOf({ body }: Addon): Record<string, unknown> {
  const text = body.configurationValues ?? ''
  if (text.trim() === '') return {}
  let values: unknown
  try {
    values = load(text)
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error
    values = text
  }
  if (typeof values === 'object' && values !== null && !Array.isArray(values)) return values as Record<string, unknown>
  throw new UserError('NOT_OURS', `the configuration of add-on ${body.addonName} is no map`, {
    help: 'write it as JSON: aws eks update-addon --configuration-values',
  })
}

function withValue(values: Record<string, unknown>, [name = '', ...rest]: readonly string[], value: string): Record<string, unknown> {
  const inner = values[name]
  const map = typeof inner === 'object' && inner !== null ? (inner as Record<string, unknown>) : {}
  return { ...values, [name]: rest.length === 0 ? value : withValue(map, rest, value) }
}
