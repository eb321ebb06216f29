import { Unread } from '#base/errors.ts'
import { defineCheck } from '#joints/define.ts'
import { policyLayerKinds, policiesOf } from '#joints/policy-layer.ts'
import { policyEngineOf } from '#joints/policy-engine.ts'
import { vpcCniOf } from '#joints/vpc-cni.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { clusterOf } from '../deviation-verdict.ts'
import { closedWorkloads } from '../closed-workloads.ts'

const variable = 'NETWORK_POLICY_ENFORCING_MODE'

export default defineCheck({
  id: 'network-policy/open-until-reconciled',
  title: 'In standard mode new pods are open until their policies arrive',
  severity: 'info',
  since: '0.1.0',
  subject: 'k8s/DaemonSet',
  reads: policyLayerKinds,
  sources: [
    'https://github.com/aws/amazon-vpc-cni-k8s#network_policy_enforcing_mode-v1171',
    'https://docs.aws.amazon.com/eks/latest/userguide/cni-network-policy.html',
  ],

  test({ subject, world }) {
    const cluster = clusterOf(subject)
    const cni = vpcCniOf(world, cluster)
    if (subject !== cni?.daemonSet) return skip('it is not the VPC CNI')
    const { engine, mode } = policyEngineOf(world, cluster)
    if ('unread' in engine) throw new Unread(engine.unread)
    if (engine.value !== 'aws-vpc-cni') return skip('the engine of the VPC CNI does not enforce policies here')
    if ('unread' in mode) throw new Unread(mode.unread)
    const setting = cni.variable(variable)
    const at = subject.at(
      setting.path ?? ['metadata', 'name'],
      setting.path === undefined
        ? `${variable} is not set, which means standard`
        : mode.value === 'strict'
          ? 'strict mode: pods are closed until then'
          : 'standard mode',
    )
    if (mode.value === 'strict') return pass(at)
    const closed = closedWorkloads(policiesOf(world, cluster))
    const [first, ...others] = closed
    if (first === undefined) return skip('no workload of the cluster is closed by a policy')
    return fail({
      message: `${closed.length} ${closed.length === 1 ? 'workload counts' : 'workloads count'} on policies that close ${closed.length === 1 ? 'it' : 'them'}, and in standard mode each new pod is open for its first seconds`,
      evidence: [
        at,
        ...[first, ...others]
          .slice(0, 4)
          .map(({ workload, by }) => by ?? workload.resource.at(['metadata', 'name'], 'policies close its pods')),
      ],
      effect:
        'From the start of a pod until the agent of its node has its policies, usually one or two seconds, it reaches and is reached by everything; what is opened then may stay open.',
      help: 'Where that matters, set NETWORK_POLICY_ENFORCING_MODE to strict, after every pod that is not of the host network has a policy, CoreDNS first.',
    })
  },
})
