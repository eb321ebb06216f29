import { defineJoint } from '#joints/define.ts'
import { policyKinds } from '#joints/policy-input.ts'
import { workloadKinds } from '#joints/workloads.ts'
import agentNotRunning from './agent-not-running/check.ts'
import baselineDenyLifted from './baseline-deny-lifted/check.ts'
import cniVersionUnsupported from './cni-version-unsupported/check.ts'
import denyNarrowedToPorts from './deny-narrowed-to-ports/check.ts'
import denyRangeDropped from './deny-range-dropped/check.ts'
import enforcementDisabled from './enforcement-disabled/check.ts'
import firstPeerMatchesNoNamespace from './first-peer-matches-no-namespace/check.ts'
import namedPortCrashesController from './named-port-crashes-controller/check.ts'
import podNotEnforced from './pod-not-enforced/check.ts'
import policyApiNotEnforced from './policy-api-not-enforced/check.ts'
import ruleOrderIgnored from './rule-order-ignored/check.ts'
import twoEnginesActive from './two-engines-active/check.ts'
import { networkPolicyStarts } from './starts.ts'

/** From the policies that select a pod to what is enforced on the wire, beside what security groups do on the same path. */
export default defineJoint({
  id: 'network-policy',
  title: 'Network policies',
  reads: [...workloadKinds, ...policyKinds, 'k8s/DaemonSet', 'k8s/Namespace', 'aws/eks/Cluster'],
  links: [
    { id: 'policy', title: 'policy', checks: [] },
    {
      id: 'engine',
      title: 'engine',
      checks: [cniVersionUnsupported, enforcementDisabled, namedPortCrashesController, twoEnginesActive],
    },
    { id: 'enforced', title: 'enforced on the pod', checks: [podNotEnforced] },
    {
      id: 'resolved',
      title: 'resolved',
      checks: [
        // Those that fail open come first: the first finding of a link is the only one.
        denyNarrowedToPorts,
        denyRangeDropped,
        firstPeerMatchesNoNamespace,
        baselineDenyLifted,
        ruleOrderIgnored,
      ],
    },
    { id: 'dns', title: 'DNS', checks: [] },
    { id: 'traffic', title: 'traffic', checks: [] },
  ],
  safe: [agentNotRunning, policyApiNotEnforced],

  starts: networkPolicyStarts,
})
