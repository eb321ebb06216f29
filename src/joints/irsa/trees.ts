import { defineTrees } from '#joints/define-diagnosis.ts'

/** Why a pod gets no credentials, and why those that it gets are refused. */
export default defineTrees([
  {
    id: 'token-exchange',
    title: 'the token of the service account is not exchanged for credentials',
    opens: ['irsa/provider', 'irsa/trust', 'secrets-store/token-refused', 'ebs-encryption/no-web-identity'],
    questions: [
      { asks: 'irsa/pod-identity-stale', rulesOut: 'the pod still asks for the role that it started with' },
      { asks: 'irsa/role-arn-malformed', rulesOut: 'the annotation is no ARN of a role' },
      { asks: 'irsa/token', rulesOut: 'the token has an audience that nobody expects' },
      { asks: 'irsa/issuer', rulesOut: 'the cluster has no issuer' },
      { asks: 'irsa/provider', rulesOut: 'the account of the role has no provider for the cluster' },
      { asks: 'irsa/role', rulesOut: 'the role is gone' },
      { asks: 'irsa/trust', rulesOut: 'the trust policy does not fit the service account' },
      { asks: 'irsa/guardrails', rulesOut: 'a resource control policy denies the exchange' },
      { asks: 'irsa/network', rulesOut: 'an endpoint policy denies the exchange' },
    ],
  },
  {
    id: 'no-credentials',
    title: 'the application finds no credentials of its own',
    opens: [
      'irsa/no-credentials',
      'irsa/asked-as-node',
      'irsa/injection',
      'container-insights/no-credentials',
      'ebs-encryption/no-credentials',
    ],
    questions: [
      { asks: 'irsa/service-account', rulesOut: 'the service account names no role, or not as EKS reads it' },
      { asks: 'pod-identity/service-account', rulesOut: 'the service account does not exist' },
      { asks: 'pod-identity/association', rulesOut: 'no association is of the service account' },
      { asks: 'irsa/webhook', rulesOut: 'the webhook that injects credentials does not hear of the pod' },
      { asks: 'pod-identity/webhook', rulesOut: 'the webhook that injects credentials does not hear of the pod' },
      { asks: 'irsa/injection', rulesOut: 'the pod is older than what should have been injected' },
      { asks: 'pod-identity/injection', rulesOut: 'the pod is older than its association' },
      { asks: 'irsa/credentials', rulesOut: 'other credentials in the pod go before those of the role' },
      { asks: 'pod-identity/credentials', rulesOut: 'other credentials in the pod go before those of the role' },
      { asks: 'pod-identity/compute', rulesOut: 'EKS Pod Identity does not serve this sort of node' },
      { asks: 'pod-identity/agent', rulesOut: 'the node has no agent' },
      { asks: 'pod-identity/egress', rulesOut: 'the pod is kept from the agent' },
    ],
  },
  {
    id: 'permission-denied',
    title: 'AWS refuses what the application asks for',
    opens: ['irsa/permissions', 'secrets-store/read-denied', 'secrets-store/describe-denied', 'secrets-store/describe-not-shared'],
    questions: [
      { asks: 'secrets-store/permission', rulesOut: 'the policies do not let the role read the mounted secrets' },
      { asks: 'secrets-store/rotation', rulesOut: 'the policies do not let the role follow the rotation' },
      { asks: 'irsa/permissions', rulesOut: 'the policies of the role do not allow it' },
      { asks: 'pod-identity/permissions', rulesOut: 'the session policy of the association does not allow it' },
      { asks: 'pod-identity/target-role', rulesOut: 'the chain to the target role is broken' },
      { asks: 'irsa/credentials', rulesOut: 'other credentials in the pod go before those of the role' },
      { asks: 'irsa/injection', rulesOut: 'the pod still has the identity that it started with' },
      { asks: 'pod-identity/injection', rulesOut: 'the pod still has the identity that it started with' },
    ],
  },
  {
    id: 'sts-unreachable',
    title: 'STS does not answer',
    opens: ['irsa/network'],
    questions: [
      { asks: 'irsa/network', rulesOut: 'the VPC has no way to STS' },
      { asks: 'network-policy/traffic', rulesOut: 'a NetworkPolicy closes the way' },
      { asks: 'security-groups-for-pods/traffic', rulesOut: 'a security group closes the way' },
    ],
  },
])
