import { defineJoint } from '#joints/define.ts'
import { workloadKinds } from '#joints/workloads.ts'
import computeUnsupported from './compute-unsupported/check.ts'
import groupIdMalformed from './group-id-malformed/check.ts'
import groupInOtherVpc from './group-in-other-vpc/check.ts'
import groupMissing from './group-missing/check.ts'
import groupsTooMany from './groups-too-many/check.ts'
import instanceTypeUnsupported from './instance-type-unsupported/check.ts'
import nodeLacksTrunk from './node-lacks-trunk/check.ts'
import podEniDisabled from './pod-eni-disabled/check.ts'
import policiesAddUp from './policies-add-up/check.ts'
import policyInvalid from './policy-invalid/check.ts'
import policySelectsNothing from './policy-selects-nothing/check.ts'
import roleLacksControllerActions from './role-lacks-controller-actions/check.ts'
import { securityGroupStarts, startKinds } from './starts.ts'
import trunkNotAttached from './trunk-not-attached/check.ts'
import webhookSkipsWorkload from './webhook-skips-workload/check.ts'
import webhookUnhealthy from './webhook-unhealthy/check.ts'
import { workloadGroupKinds } from './workload-groups.ts'

/** From the pod's labels to its own interface in the VPC, and what its groups let through. */
export default defineJoint({
  id: 'security-groups-for-pods',
  title: 'Security groups for pods',
  reads: [...workloadKinds, ...workloadGroupKinds, ...startKinds],
  links: [
    { id: 'policy', title: 'SecurityGroupPolicy', checks: [computeUnsupported] },
    { id: 'groups', title: 'security groups', checks: [groupIdMalformed, groupMissing, groupInOtherVpc, groupsTooMany] },
    { id: 'cni', title: 'VPC CNI', checks: [podEniDisabled] },
    { id: 'webhook', title: 'webhook', checks: [webhookUnhealthy, webhookSkipsWorkload] },
    { id: 'trunk', title: 'trunk interface', checks: [roleLacksControllerActions, instanceTypeUnsupported, trunkNotAttached] },
    { id: 'capacity', title: 'capacity', checks: [] },
    { id: 'interface', title: 'branch interface', checks: [] },
    { id: 'probes', title: 'probes', checks: [] },
    { id: 'dns', title: 'DNS', checks: [] },
    { id: 'traffic', title: 'traffic', checks: [] },
  ],
  safe: [policyInvalid, policySelectsNothing, policiesAddUp, nodeLacksTrunk],

  starts: securityGroupStarts,
})
