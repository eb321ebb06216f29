import { defineTrees } from '#joints/define-diagnosis.ts'

const before = [
  { asks: 'security-groups-for-pods/policy', rulesOut: 'this sort of compute takes no SecurityGroupPolicy' },
  { asks: 'security-groups-for-pods/groups', rulesOut: 'the groups that the policies name cannot be used' },
  { asks: 'security-groups-for-pods/cni', rulesOut: 'branch interfaces are switched off' },
] as const

/** Why a pod that a SecurityGroupPolicy selects does not start, has not its groups, or cannot talk. */
export default defineTrees([
  {
    id: 'security-group-assignment',
    title: 'the pod does not get its security groups',
    opens: [
      'security-groups-for-pods/groups',
      'security-groups-for-pods/webhook',
      'security-groups-for-pods/trunk',
      'security-groups-for-pods/capacity',
      'security-groups-for-pods/interface',
    ],
    questions: [
      ...before,
      { asks: 'security-groups-for-pods/webhook', rulesOut: 'the webhook did not hear of the pod' },
      { asks: 'security-groups-for-pods/trunk', rulesOut: 'the node has no trunk interface' },
      { asks: 'security-groups-for-pods/capacity', rulesOut: 'no branch interface or address is left' },
      // A check that repeats the event of a failed allocation is no cause of it.
      { asks: 'security-groups-for-pods/pod-without-branch-interface', rulesOut: 'the pod got no branch interface' },
      { asks: 'security-groups-for-pods/interface-groups-differ', rulesOut: 'the branch interface has other groups' },
    ],
  },
])
