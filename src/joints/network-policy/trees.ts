import { defineTrees } from '#joints/define-diagnosis.ts'

/** Why packets are dropped: both layers are on the same way, and the nearer one is asked first. */
export default defineTrees([
  {
    id: 'name-resolution',
    title: 'names do not resolve',
    opens: ['network-policy/dns'],
    questions: [
      { asks: 'network-policy/dns', rulesOut: 'a NetworkPolicy closes the way to DNS' },
      { asks: 'security-groups-for-pods/dns', rulesOut: 'a security group closes the way to DNS' },
      { asks: 'network-policy/engine', rulesOut: 'the engine of NetworkPolicies does not work as it should' },
    ],
  },
  {
    id: 'network-policy-conflict',
    title: 'packets are dropped',
    opens: ['network-policy/traffic'],
    questions: [
      { asks: 'network-policy/engine', rulesOut: 'the engine of NetworkPolicies does not work as it should' },
      { asks: 'network-policy/enforced', rulesOut: 'the pod is closed until its policies are there' },
      { asks: 'network-policy/resolved', rulesOut: 'a rule does not mean what it says' },
      { asks: 'network-policy/traffic', rulesOut: 'a NetworkPolicy closes a flow that the workload is made for' },
      {
        asks: 'security-groups-for-pods/traffic',
        rulesOut: 'a security group or a network ACL closes a flow that the workload is made for',
      },
      { asks: 'network-policy/dns', rulesOut: 'a NetworkPolicy closes the way to DNS' },
      { asks: 'security-groups-for-pods/interface', rulesOut: 'the interface has not the groups that were meant' },
    ],
  },
])
