import { accessKinds } from '#joints/access.ts'
import { roleCaller } from '#joints/access-caller.ts'
import { addonOf, addonProposals } from '#joints/addon-proposals.ts'
import { givenRole } from '#joints/given-role.ts'
import { inTurn } from '#joints/in-turn.ts'
import type { Proposal } from '#joints/proposal.ts'
import { roleNameFor } from '#joints/role-name.ts'
import { roleProposals } from '#joints/role-proposals.ts'
import { workloadKinds } from '#joints/workloads.ts'
import type { PolicyDocument } from '#iam/document.ts'
import type { Kind } from '#model/kinds.ts'
import type { Reader } from '#model/world.ts'
import { judgeNeed } from '../irsa/need.ts'
import { associationProposal, podTrustFor } from '../pod-identity/given-role.ts'
import { addonName } from './addon.ts'
import type { Home } from './destinations.ts'
import { shipperPolicy } from './least-privilege.ts'
import { home as namespace, shippersIn } from './shippers.ts'

export const shipperKinds = [
  ...accessKinds,
  ...workloadKinds,
  'aws/eks/Addon',
  'aws/eks/Cluster',
  'aws/eks/PodIdentityAssociation',
  'k8s/ServiceAccount',
] as const satisfies readonly Kind[]
type ShippingReader = Reader<(typeof shipperKinds)[number]>

const joint = 'container-insights'
/** Of the add-on: the agent and Fluent Bit share it. */
const serviceAccount = 'cloudwatch-agent'

/** The four groups of Container Insights. https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Container-Insights-setup-logs-FluentBit.html */
export const insightsGroups = (cluster: string): readonly string[] =>
  ['application', 'dataplane', 'host', 'performance'].map(name => `/aws/containerinsights/${cluster}/${name}`)

/**
 * What is missing for the agent and Fluent Bit to run and to write their groups. The role may write those of this cluster and nothing else, which is less
 * than CloudWatchAgentServerPolicy: metrics of Container Insights are log events, and traces are nobody's wish here.
 * @throws Unread when something was not read
 */
export function shipperProposals(world: ShippingReader, home: Home, where: string): readonly Proposal[] {
  const { cluster } = home
  const [shipper] = shippersIn(world, home.name)
  const account = { namespace, serviceAccount: shipper?.workload.serviceAccountName ?? serviceAccount }
  const given = givenRole(world, home.name, account)
  const roleArn = given ?? roleNameFor(cluster.id, account).roleArn
  return inTurn<(typeof shipperKinds)[number]>(
    world,
    now => ownRole(now, roleArn, podTrustFor(cluster.id, account), home),
    () => (given === undefined ? [associationProposal(cluster, { ...account, where }, roleArn)] : []),
    // Whatever ships already would ship everything twice beside it.
    now => (shipper === undefined || addonOf(now, cluster, addonName) !== undefined ? addonProposals(now, cluster, addon) : []),
  )
}

const addon = {
  name: addonName,
  makes: `${joint}: add-on`,
  risk: 'Two DaemonSets run on every node, and what they send to CloudWatch is paid for by the gigabyte.',
}

function ownRole(world: ShippingReader, roleArn: string, trust: PolicyDocument, home: Home): readonly Proposal[] {
  const role = world.find('aws/iam/Role', roleArn)
  const place = { partition: home.partition, region: home.region, account: home.account, cluster: home.name }
  const policy = shipperPolicy(place, { makesGroups: true })
  if (role !== undefined) {
    const arn = `arn:${home.partition}:logs:${home.region}:${home.account}:log-group:/aws/containerinsights/${home.name}/performance`
    const resources = {
      'logs:CreateLogStream': `${arn}:log-stream:`,
      'logs:PutLogEvents': `${arn}:log-stream:node`,
      'logs:CreateLogGroup': arn,
    }
    const isDenied = Object.entries(resources).some(
      ([action, resource]) => judgeNeed(world, roleCaller(world, role), { action, resource, by: 'controller' }).is === 'denied',
    )
    if (!isDenied) return []
  }
  const risk = `Whoever has the role may write the log groups of Container Insights of cluster ${home.name}.`
  return roleProposals(world, { arn: roleArn, trust, policy, joint, verb: 'write the log groups of Container Insights', risk })
}
