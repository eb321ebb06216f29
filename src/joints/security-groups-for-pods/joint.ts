import { defineJoint } from '#joints/define.ts'
import { workloadKinds } from '#joints/workloads.ts'
import { securityGroupStarts, startKinds } from './starts.ts'
import { workloadGroupKinds } from './workload-groups.ts'

/** From the pod's labels to its own interface in the VPC, and what its groups let through. */
export default defineJoint({
  id: 'security-groups-for-pods',
  title: 'Security groups for pods',
  reads: [...workloadKinds, ...workloadGroupKinds, ...startKinds],
  links: [
    { id: 'policy', title: 'SecurityGroupPolicy', checks: [] },
    { id: 'groups', title: 'security groups', checks: [] },
    { id: 'cni', title: 'VPC CNI', checks: [] },
    { id: 'webhook', title: 'webhook', checks: [] },
    { id: 'trunk', title: 'trunk interface', checks: [] },
    { id: 'capacity', title: 'capacity', checks: [] },
    { id: 'interface', title: 'branch interface', checks: [] },
    { id: 'probes', title: 'probes', checks: [] },
    { id: 'dns', title: 'DNS', checks: [] },
    { id: 'traffic', title: 'traffic', checks: [] },
  ],
  safe: [],

  starts: securityGroupStarts,
})
