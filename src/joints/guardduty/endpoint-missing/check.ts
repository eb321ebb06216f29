import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { agentProof } from '../agent.ts'
import { dataEndpoints, stateOf, vpcOf } from '../endpoint.ts'

export default defineCheck({
  id: 'guardduty/endpoint-missing',
  title: 'The VPC of a cluster has no endpoint for what the GuardDuty agent sends',
  severity: 'high',
  since: '0.1.0',
  subject: 'aws/eks/Cluster',
  reads: ['aws/ec2/VpcEndpoint', 'aws/eks/Addon', 'k8s/DaemonSet'],
  sources: [
    'https://docs.aws.amazon.com/guardduty/latest/ug/eksrunmon-prereq-deploy-security-agent.html',
    'https://docs.aws.amazon.com/guardduty/latest/ug/how-runtime-monitoring-works-eks.html',
  ],

  test({ subject: cluster, world }) {
    const agent = agentProof(world, cluster)
    if (agent === undefined) return skip('the cluster has no agent')
    const endpoints = dataEndpoints(world, cluster)
    const open = endpoints.find(endpoint => stateOf(endpoint) === 'available')
    if (open !== undefined) return pass(open.at(['State'], 'the endpoint takes what agents send'), agent)
    const { vpc, region } = vpcOf(cluster)
    const [closed] = endpoints
    const effect = 'Agents have nowhere to send what they see: they exit again and again, and the coverage of the cluster is unhealthy.'
    const vpcEvidence = cluster.at(['resourcesVpcConfig', 'vpcId'], 'the VPC of the cluster')
    if (closed === undefined)
      return fail({
        message: `VPC ${vpc} of cluster ${cluster.body.name} has no endpoint com.amazonaws.${region}.guardduty-data`,
        evidence: [vpcEvidence, agent],
        effect,
        help: 'Where GuardDuty manages the agent it makes the endpoint: ask aws guardduty list-coverage why it did not. Else make it by aws ec2 create-vpc-endpoint with private DNS, in the subnets of the nodes, with a group that lets them in on port 443.',
      })
    return fail({
      message: `endpoint ${closed.body.VpcEndpointId} of VPC ${vpc}, to which the agents of cluster ${cluster.body.name} send, is ${stateOf(closed)}`,
      evidence: [closed.at(['State'], 'it takes no traffic'), vpcEvidence],
      effect,
      help: 'Wait while it is pending; accept it where it waits for acceptance; else delete it and have it made anew.',
    })
  },
})
