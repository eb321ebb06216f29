import { defineTrees } from '#joints/define-diagnosis.ts'

/** Why the agent gives a pod no credentials. */
export default defineTrees([
  {
    id: 'agent-refuses',
    title: 'EKS Pod Identity answers and gives no credentials',
    opens: [
      'pod-identity/association',
      'pod-identity/trust',
      'pod-identity/node-role',
      'pod-identity/session',
      'pod-identity/token-not-accepted',
    ],
    questions: [
      { asks: 'pod-identity/association', rulesOut: 'no association is of the service account' },
      { asks: 'pod-identity/injection', rulesOut: 'the pod has a token of another audience' },
      { asks: 'pod-identity/node-role', rulesOut: 'the role of the node may not ask EKS Auth' },
      { asks: 'pod-identity/role', rulesOut: 'the role of the association is gone' },
      { asks: 'pod-identity/trust', rulesOut: 'the role does not trust EKS Pod Identity' },
      { asks: 'pod-identity/session', rulesOut: 'the trust asks for tags that the session has not' },
      { asks: 'pod-identity/target-role', rulesOut: 'the chain to the target role is broken' },
    ],
  },
  {
    id: 'agent-unreachable',
    title: 'the agent of EKS Pod Identity does not answer',
    logs: ['eks-pod-identity-agent'],
    opens: ['pod-identity/egress', 'pod-identity/agent', 'secrets-store/agent-unreachable'],
    questions: [
      { asks: 'secrets-store/identity', rulesOut: 'the SecretProviderClass and the service account name different mechanisms' },
      { asks: 'pod-identity/compute', rulesOut: 'EKS Pod Identity does not serve this sort of node' },
      { asks: 'pod-identity/agent', rulesOut: 'the node has no agent, or the agent no way to EKS Auth' },
      { asks: 'pod-identity/egress', rulesOut: 'a NetworkPolicy keeps the pod from the agent' },
      { asks: 'security-groups-for-pods/strict-mode-cuts-link-local', rulesOut: 'strict mode keeps the pod from its node' },
    ],
  },
])
