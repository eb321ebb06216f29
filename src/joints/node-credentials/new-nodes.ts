import { UserError } from '#base/errors.ts'
import { parseArn } from '#iam/arn.ts'
import { templateOf } from '#joints/node-templates.ts'
import type { BlueprintNodes } from '#model/blueprint.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { nodesOfCluster } from './node-instances.ts'

export const newNodeKinds = ['aws/ec2/Instance', 'aws/ec2/LaunchTemplateVersion', 'aws/eks/Nodegroup', 'k8s/Node'] as const
type GroupReader = Reader<(typeof newNodeKinds)[number]>
type Cluster = Resource<'aws/eks/Cluster'>
type Nodegroup = Resource<'aws/eks/Nodegroup'>
type Imds = BlueprintNodes['imds']

interface Options {
  readonly HttpEndpoint?: string | undefined
  readonly HttpTokens?: string | undefined
  readonly HttpPutResponseHopLimit?: number | undefined
}

/**
 * An instance is changed where it runs, and the next one comes from what its group says. Mortise changes no launch template: whoever keeps it would
 * take the version back, and a group that is updated to another version replaces all of its nodes.
 * https://docs.aws.amazon.com/eks/latest/userguide/launch-templates.html
 * @throws UserError `NOT_OURS` where new nodes would have other options; Unread when the groups or a launch template of one were not read
 */
export function assertNewNodes(world: GroupReader, cluster: Cluster, imds: Imds): void {
  const other = groupsOf(world, cluster).flatMap(group => differs(world, cluster, group, imds) ?? [])
  const [first] = other
  if (first === undefined) return
  throw new UserError('NOT_OURS', other.map(({ why }) => why).join('; '), { help: helpFor(other, imds) })
}

/** Whether the launch template of the group is known to give its nodes these options. */
export function keepsOptions(world: Reader<'aws/ec2/LaunchTemplateVersion'>, group: Nodegroup, imds: Imds): boolean {
  const { id, version } = group.body.launchTemplate ?? {}
  const seen = world
    .seen('aws/ec2/LaunchTemplateVersion')
    .find(({ body }) => body.LaunchTemplateId === id && String(body.VersionNumber) === version)
  return seen !== undefined && isAsDeclared(seen.body.LaunchTemplateData?.MetadataOptions, imds)
}

function groupsOf(world: GroupReader, cluster: Cluster): readonly Nodegroup[] {
  const { name } = cluster.body
  const { account = '', region = '' } = parseArn(cluster.id) ?? {}
  return world.where('aws/eks/Nodegroup', 'cluster', name, { account, region, clusterName: name })
}

const isAsDeclared = (options: Options | undefined, { hopLimit, tokens }: Imds): boolean =>
  options?.HttpEndpoint === 'disabled' || (options?.HttpTokens === tokens && options.HttpPutResponseHopLimit === hopLimit)

interface Different {
  readonly why: string
  readonly group: string
  /** Its launch template; undefined: it has none of its own. */
  readonly template?: string
}

function differs(world: GroupReader, cluster: Cluster, group: Nodegroup, imds: Imds): Different | undefined {
  const { nodegroupName, launchTemplate: { id, version } = {} } = group.body
  if (id === undefined) return differsWithout(world, cluster, nodegroupName, imds)
  const options = templateOf(world, group)?.body.LaunchTemplateData?.MetadataOptions
  if (isAsDeclared(options, imds)) return undefined
  const template = `${id}, version ${version ?? '?'}`
  return {
    group: nodegroupName,
    template: id,
    why: `launch template ${template}, of which node group ${nodegroupName} is made, ${said(options)}`,
  }
}

/** EKS does not tell what it gives to nodes of such a group: a node that nobody changed shows it. */
function differsWithout(world: GroupReader, cluster: Cluster, group: string, imds: Imds): Different | undefined {
  const own = nodesOfCluster(world, cluster).filter(({ body: { Tags = [] } }) =>
    Tags.some(({ Key, Value }) => Key === 'eks:nodegroup-name' && Value === group),
  )
  const other = own.find(({ body }) => !isAsDeclared(body.MetadataOptions, imds))
  if (other === undefined) return undefined
  const { InstanceId, MetadataOptions } = other.body
  return { group, why: `node group ${group} has no launch template of its own, and its node ${InstanceId} ${said(MetadataOptions)}` }
}

const said = (options: Options | undefined): string =>
  options?.HttpTokens === undefined && options?.HttpPutResponseHopLimit === undefined
    ? 'says nothing of metadata options'
    : `has HttpTokens ${options.HttpTokens ?? 'unset'} and HttpPutResponseHopLimit ${options.HttpPutResponseHopLimit ?? 'unset'}`

function helpFor(other: readonly Different[], { hopLimit, tokens }: Imds): string {
  const options = `HttpTokens ${tokens} and HttpPutResponseHopLimit ${hopLimit}`
  const own = other.flatMap(({ group, template }) => (template === undefined ? [] : [`${template} (${group})`]))
  const without = other.filter(({ template }) => template === undefined).map(({ group }) => group)
  return [
    ...(own.length === 0
      ? []
      : [
          `Where launch templates are kept, make a version with MetadataOptions ${options} of ${own.join(', ')}, and update the group to it.`,
        ]),
    ...(without.length === 0 ? [] : [`Give ${without.join(', ')} a launch template with MetadataOptions ${options}.`]),
    'EKS then replaces the nodes of the group. Until then new nodes have other options.',
  ].join(' ')
}
