import { defineJoint } from '#joints/define.ts'
import { workloadKinds } from '#joints/workloads.ts'
import { networkPolicyStarts } from './starts.ts'

/** From the policies that select a pod to what is enforced on the wire, beside what security groups do on the same path. */
export default defineJoint({
  id: 'network-policy',
  title: 'Network policies',
  reads: [...workloadKinds, 'k8s/NetworkPolicy', 'aws/eks/Cluster'],
  links: [
    { id: 'policy', title: 'policy', checks: [] },
    { id: 'engine', title: 'engine', checks: [] },
    { id: 'enforced', title: 'enforced on the pod', checks: [] },
    { id: 'resolved', title: 'resolved', checks: [] },
    { id: 'dns', title: 'DNS', checks: [] },
    { id: 'traffic', title: 'traffic', checks: [] },
  ],
  safe: [],

  starts: networkPolicyStarts,
})
