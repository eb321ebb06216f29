import { load, YAMLException } from 'js-yaml'
import { Unread } from '#base/errors.ts'
import { isRecord } from '#iam/document.ts'
import { setting, targetOf, type Change } from '#model/change.ts'
import { sameValue } from '#model/comparison.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { scopeInside } from './clusters.ts'
import type { Proposal } from './proposal.ts'

type Addon = Resource<'aws/eks/Addon'>
type Cluster = Resource<'aws/eks/Cluster'>
type Values = Readonly<Record<string, unknown>>

/** An add-on, as far as somebody declares it. Its version is that which EKS gives the cluster's version by default. */
export interface WantedAddon {
  readonly name: string
  /** Configuration values that it must have; others stay as they are. */
  readonly values?: Values
  /** `secrets-store: driver, provider`. */
  readonly makes: string
  readonly risk: string
}

/** The add-on of a name in a cluster; undefined when there is none. @throws Unread when they were not read */
export const addonOf = (world: Reader<'aws/eks/Addon'>, cluster: Cluster, name: string): Addon | undefined =>
  world.where('aws/eks/Addon', 'name', `${cluster.body.name}\n${name}`, scopeInside(cluster))[0]

/** How long EKS takes to install one, by its own waiters at most. https://docs.aws.amazon.com/cli/latest/reference/eks/wait/addon-active.html */
const wait = { for: 'ready', seconds: 600 } as const

/**
 * What is missing for the add-on to be there, with its values.
 * @throws Unread when the add-ons of the cluster were not read, or its values are no YAML
 */
export function addonProposals(world: Reader<'aws/eks/Addon'>, cluster: Cluster, wanted: WantedAddon): readonly Proposal[] {
  const addon = addonOf(world, cluster, wanted.name)
  return addon === undefined ? [creation(cluster, wanted)] : configuration(addon, wanted)
}

/** Its ARN ends in an id of EKS, which is not known yet: without it, it is found by its name. */
function creation(cluster: Cluster, { name, values, makes, risk }: WantedAddon): Proposal {
  const addonArn = `${cluster.id.replace(':cluster/', ':addon/')}/${name}`
  const body = {
    addonArn,
    addonName: name,
    clusterName: cluster.body.name,
    ...(values === undefined ? {} : { configurationValues: JSON.stringify(values) }),
  }
  const change: Change = {
    target: { kind: 'aws/eks/Addon', id: addonArn, scope: scopeInside(cluster) },
    edit: { do: 'create', body },
    permissions: ['eks:CreateAddon', 'eks:TagResource', 'eks:DescribeAddon'],
    risk,
  }
  return { change, title: `install add-on ${name}`, makes, wait }
}

function configuration(addon: Addon, { name, values = {}, makes, risk }: WantedAddon): readonly Proposal[] {
  const now = valuesOf(addon)
  const after = merged(now, values)
  if (sameValue(now, after)) return []
  const change: Change = {
    target: targetOf(addon),
    edit: setting(addon, ['configurationValues'], JSON.stringify(after)),
    permissions: ['eks:UpdateAddon', 'eks:DescribeAddon'],
    risk,
  }
  return [{ change, title: `configure add-on ${name}`, makes, wait }]
}

/** EKS takes values as JSON or YAML, and gives them back as they were given. @throws Unread when they are no map */
export function valuesOf({ kind, id, body: { configurationValues = '' } }: Addon): Values {
  let values: unknown
  try {
    values = configurationValues.trim() === '' ? {} : load(configurationValues)
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error
  }
  if (isRecord(values)) return values
  throw new Unread({ kind, id, reason: 'its configuration values are no map' })
}

/** What is declared over what is there; what only stands there stays. */
export const merged = (now: Values, wanted: Values): Values => ({
  ...now,
  ...Object.fromEntries(
    Object.entries(wanted).map(([name, value]) => {
      const before = now[name]
      return [name, isRecord(value) ? merged(isRecord(before) ? before : {}, value) : value]
    }),
  ),
})
