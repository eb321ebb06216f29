import { Unread } from '#base/errors.ts'
import { eksCluster, whyNoCluster } from '#joints/clusters.ts'
import { defineCheck } from '#joints/define.ts'
import { policyEngineKinds, policyEngineOf } from '#joints/policy-engine.ts'
import { isTrue, vpcCniOf } from '#joints/vpc-cni.ts'
import { fail, pass, skip } from '#model/verdict.ts'

const argument = 'enable-policy-event-logs'

export default defineCheck({
  id: 'network-policy/flow-evidence-off',
  title: 'Neither the network policy agent nor the VPC records which flows are let through',
  severity: 'low',
  since: '0.1.0',
  subject: 'aws/eks/Cluster',
  reads: [...policyEngineKinds, 'aws/ec2/FlowLog', 'aws/ec2/Subnet'],
  sources: [
    'https://docs.aws.amazon.com/eks/latest/userguide/network-policies-troubleshooting.html',
    'https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs.html',
  ],

  test({ subject: cluster, world }) {
    const { name } = cluster.body
    if (eksCluster(world, name) !== cluster) throw new Unread(whyNoCluster(world, name))
    const { engine, halves } = policyEngineOf(world, name)
    if ('unread' in engine) throw new Unread(engine.unread)
    if (engine.value !== 'aws-vpc-cni' || halves === undefined) return skip('the engine of the VPC CNI does not enforce policies here')
    const cni = vpcCniOf(world, name)
    if (cni === undefined) return autoModeVerdict()
    const setting = cni.agentArgument(argument)
    if (isTrue(setting) && setting.path !== undefined)
      return pass(cni.daemonSet.at(setting.path, 'the agent writes what it lets through and what it drops'))
    const vpc = cluster.body.resourcesVpcConfig?.vpcId
    if (vpc === undefined) throw new Unread({ kind: cluster.kind, id: cluster.id, reason: 'the cluster names no VPC' })
    const [, , , region = '', account = ''] = cluster.id.split(':')
    const log = flowLog(vpc, (resource: string) => world.where('aws/ec2/FlowLog', 'resource', resource, { account, region }))
    if (log !== undefined) return pass(log.at(['ResourceId'], 'flow logs of the VPC'))
    const subnets = world.where('aws/ec2/Subnet', 'vpc', vpc, { account, region })
    const partial = subnets
      .flatMap(({ body }) => world.where('aws/ec2/FlowLog', 'resource', body.SubnetId ?? '', { account, region }))
      .find(isActive)
    if (partial !== undefined) return pass(partial.at(['ResourceId'], 'flow logs of a subnet of the VPC'))
    return fail({
      message: `nothing records the flows of cluster ${name}: the network policy agent writes no events, and ${vpc} has no flow logs`,
      evidence: [
        cni.daemonSet.at(
          setting.path ?? ['metadata', 'name'],
          setting.path === undefined ? `its agent is not told to (${argument})` : 'the agent writes no events of policies',
        ),
        cluster.at(['resourcesVpcConfig', 'vpcId'], 'this VPC has no flow logs'),
      ],
      effect:
        'Whether a policy dropped a packet, or let through one that it should not have, cannot be told afterwards, in an incident least of all.',
      help: `Set ${argument} of the agent (enablePolicyEventLogs of the add-on's nodeAgent), or make flow logs of the VPC.`,
    })
  },
})

/** On EKS Auto Mode each node class says it, for its own nodes. */
const autoModeVerdict = () => skip('in EKS Auto Mode the node classes say it')

type Log = { readonly body: { readonly FlowLogStatus?: string | undefined; readonly ResourceId?: string | undefined } }

const isActive = ({ body }: Log): boolean => body.FlowLogStatus === undefined || body.FlowLogStatus === 'ACTIVE'

const flowLog = <T extends Log>(vpc: string, find: (resource: string) => readonly T[]): T | undefined => find(vpc).find(isActive)
