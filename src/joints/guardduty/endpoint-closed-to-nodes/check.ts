import { nodeInstanceKinds } from '#joints/node-instance.ts'
import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { daemonSetId, daemonSetOf } from '../agent.ts'
import { openEndpoints } from '../endpoint.ts'
import { entryOf, groupsOf, nodeEnds } from '../endpoint-groups.ts'
import { nodesToCover } from '../nodes.ts'

export default defineCheck({
  id: 'guardduty/endpoint-closed-to-nodes',
  title: 'The security groups of the GuardDuty endpoint do not let the nodes of a cluster in',
  severity: 'high',
  since: '0.1.0',
  subject: 'aws/eks/Cluster',
  reads: [...nodeInstanceKinds, 'aws/ec2/SecurityGroup', 'aws/ec2/VpcEndpoint', 'k8s/DaemonSet'],
  sources: [
    'https://docs.aws.amazon.com/guardduty/latest/ug/eksrunmon-prereq-deploy-security-agent.html',
    'https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html',
  ],

  test({ subject: cluster, world }) {
    const [endpoint] = openEndpoints(world, cluster)
    if (endpoint === undefined) return skip('the VPC has no endpoint guardduty-data that is open')
    const daemonSet = daemonSetOf(world, cluster)
    if (daemonSet === undefined) return skip(`the cluster has no DaemonSet ${daemonSetId}`)
    if (daemonSet.body.spec?.template.spec?.hostNetwork !== true) return skip('the agent does not use the network of its node')
    const ends = nodeEnds(world, nodesToCover(world, daemonSet))
    const [any] = ends
    if (any === undefined) return skip('the cluster has no node that the agent is for')
    const groups = groupsOf(world, endpoint)
    const entries = ends.map(end => ({ end, entry: entryOf(groups, end) }))
    const closed = entries.filter(({ entry }) => entry === undefined)
    const [first] = closed
    if (first === undefined) return pass(...entries.slice(0, 1).flatMap(({ entry }) => entry ?? []), any.at)
    const ids = groups.map(({ body }) => body.GroupId)
    return fail({
      message: `${ids.join(' and ')} of endpoint ${endpoint.body.VpcEndpointId} let ${closed.length} of ${ends.length} nodes of cluster ${cluster.body.name} not in on port 443, ${first.end.name} among them`,
      evidence: [
        groups[0]?.at(['GroupId'], 'no inbound rule is for TCP 443 from the node') ??
          endpoint.at(['VpcEndpointId'], 'the endpoint has no group'),
        first.end.at,
      ],
      effect: 'Agents on these nodes reach GuardDuty not at all: they exit again and again, and the coverage of the cluster is unhealthy.',
      help: `Let TCP 443 in from the group of the nodes, or from the block of the VPC: aws ec2 authorize-security-group-ingress --group-id ${ids[0] ?? 'sg-…'} --protocol tcp --port 443 --source-group ${first.end.groups[0] ?? 'sg-…'}.`,
    })
  },
})
