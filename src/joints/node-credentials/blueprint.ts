import { definePart, type JointBlueprint } from '#joints/define-blueprint.ts'
import type { Proposal } from '#joints/proposal.ts'
import { workloadKinds } from '#joints/workloads.ts'
import { UserError } from '#base/errors.ts'
import type { BlueprintNodes } from '#model/blueprint.ts'
import { setting, targetOf } from '#model/change.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { reachOf } from './metadata-service.ts'
import { assertNewNodes, keepsOptions, newNodeKinds } from './new-nodes.ts'
import { nodesOfCluster, type Instance } from './node-instances.ts'
import { usersOf, type NodeUserReader } from './node-role-users.ts'

const kinds = [...newNodeKinds, 'aws/iam/Role', 'k8s/EC2NodeClass', ...workloadKinds] as const
type NodeReader = NodeUserReader & Reader<(typeof kinds)[number]>
type Cluster = Resource<'aws/eks/Cluster'>
type Imds = BlueprintNodes['imds']

const makes = 'node-credentials: metadata service'

export default {
  joint: 'node-credentials',
  parts: ({ nodes }) =>
    nodes === undefined
      ? []
      : [
          // Before the instances are changed: those of a group without launch template show what EKS gives them.
          definePart({
            about: 'the metadata service of new nodes',
            reads: newNodeKinds,
            propose: (world, cluster) => {
              assertNewNodes(world, cluster, nodes.imds)
              return []
            },
          }),
          definePart({
            about: 'the metadata service of nodes',
            reads: kinds,
            propose: (world, cluster) => [...classProposals(world, cluster, nodes.imds), ...instanceProposals(world, cluster, nodes.imds)],
          }),
          definePart({
            about: 'the metadata service of nodes that AWS manages',
            reads: ['aws/ec2/Instance', 'k8s/Node'],
            propose: (world, cluster) => managedNodes(world, cluster, nodes),
          }),
        ],
} satisfies JointBlueprint

/** What Karpenter takes where a class says nothing. https://karpenter.sh/docs/concepts/nodeclasses/#specmetadataoptions */
const karpenterDefaults = { httpTokens: 'required', httpPutResponseHopLimit: 1 } as const

function classProposals(world: NodeReader, cluster: Cluster, { hopLimit, tokens }: Imds): readonly Proposal[] {
  return world.list('k8s/EC2NodeClass', { cluster: cluster.body.name }).flatMap(nodeClass => {
    const before = nodeClass.body.spec?.metadataOptions
    const wanted = { httpTokens: tokens, httpPutResponseHopLimit: hopLimit }
    const has = { ...karpenterDefaults, ...before }
    if (has.httpTokens === wanted.httpTokens && has.httpPutResponseHopLimit === wanted.httpPutResponseHopLimit) return []
    const change = {
      target: targetOf(nodeClass),
      edit: setting(nodeClass, ['spec', 'metadataOptions'], { ...before, ...wanted }),
      permissions: ['update ec2nodeclasses'],
      risk: 'Karpenter replaces the nodes of this class, as its disruption budgets allow.',
    }
    return [{ change, title: `set the metadata options of EC2NodeClass ${nodeClass.body.metadata.name}`, makes }]
  })
}

function instanceProposals(world: NodeReader, cluster: Cluster, imds: Imds): readonly Proposal[] {
  const { hopLimit, tokens } = imds
  const wanted = [
    ['HttpTokens', tokens, `${tokens === 'required' ? 'require' : 'do not require'} a token`],
    ['HttpPutResponseHopLimit', hopLimit, `let the token go ${hopLimit === 1 ? 'no further than the node' : `${hopLimit} hops`}`],
  ] as const
  const own = nodesOfCluster(world, cluster).filter(node => !isManaged(node) && reachOf(node) !== 'closed')
  return own.flatMap(node =>
    wanted
      .filter(([option, value]) => node.body.MetadataOptions?.[option] !== value)
      .map(([option, value, what]) => {
        const change = {
          target: targetOf(node),
          edit: setting(node, ['MetadataOptions', option], value),
          permissions: ['ec2:ModifyInstanceMetadataOptions'],
          risk: [...losers(world, node), ...newcomers(world, cluster, node, imds)].join(' '),
        }
        return { change, title: `${what} on node ${node.body.InstanceId}`, makes, wait: { for: 'ready', seconds: 60 } as const }
      }),
  )
}

/** EC2 lets nobody but EKS change the instances of Auto Mode. https://docs.aws.amazon.com/eks/latest/userguide/automode-learn-instances.html */
const isManaged = ({ body }: Instance): boolean => body.Operator?.Managed === true

function managedNodes(
  world: Reader<'aws/ec2/Instance' | 'k8s/Node'>,
  cluster: Cluster,
  { imds, where }: BlueprintNodes,
): readonly Proposal[] {
  const wrong = nodesOfCluster(world, cluster).find(node => {
    if (!isManaged(node) || reachOf(node) === 'closed') return false
    const { HttpTokens, HttpPutResponseHopLimit } = node.body.MetadataOptions ?? {}
    return HttpTokens !== imds.tokens || HttpPutResponseHopLimit !== imds.hopLimit
  })
  if (wrong === undefined) return []
  throw new UserError('CANNOT_HOLD', `EKS sets the metadata options of node ${wrong.body.InstanceId}, and they are not those declared`, {
    where,
    help: 'Auto Mode requires a token that goes one hop: declare hopLimit: 1 and tokens: required, or leave nodes out.',
  })
}

/** Who calls AWS as the node today, and would no more. */
function losers(world: NodeReader, node: Instance): readonly string[] {
  const users = usersOf(world, [node]).filter(({ callsAws }) => callsAws)
  const names = [...new Set(users.map(({ workload }) => `${workload.name} in ${workload.namespace}`))]
  return names.length === 0
    ? [
        'Programs on it that know version 1 alone, and pods without a role of their own, get no credentials where the options hold them back.',
      ]
    : [
        `${names.slice(0, 3).join(', ')}${names.length > 3 ? ` and ${names.length - 3} more` : ''} call AWS with the role of the node, and may lose it.`,
      ]
}

/** An instance is changed where it runs; the next one is made from what its group says. */
function newcomers(world: NodeReader, cluster: Cluster, { body: { Tags = [] } }: Instance, imds: Imds): readonly string[] {
  const name = Tags.find(({ Key }) => Key === 'eks:nodegroup-name')?.Value
  if (name === undefined) return []
  const group = world.seen('aws/eks/Nodegroup').find(({ body }) => body.nodegroupName === name && body.clusterName === cluster.body.name)
  if (group !== undefined && keepsOptions(world, group, imds)) return []
  const template = group?.body.launchTemplate
  return [
    template?.id === undefined
      ? `New nodes of node group ${name} have what EKS gives them: to keep it so, give the group a launch template with these options.`
      : `New nodes of node group ${name} come from launch template ${template.id}, version ${template.version ?? '?'}: make a version with these options, and update the group to it.`,
  ]
}
