import { defineSymptoms } from '#joints/define-symptoms.ts'

const guide = 'https://docs.aws.amazon.com/eks/latest/userguide/pod-identities.html'
const agent = 'https://github.com/aws/eks-pod-identity-agent'
const sdks = 'https://docs.aws.amazon.com/eks/latest/userguide/pod-id-minimum-sdk.html'

/** Texts of EKS Pod Identity: of its agent, of EKS Auth behind it, and of SDKs that ask it. */
export default defineSymptoms(
  'pod-identity',
  [
    {
      id: 'role-refuses-eks',
      pattern: /EKS does not have permissions to assume the associated role/i,
      link: 'trust',
      cause:
        'EKS may not assume the role of the association: its trust policy lacks pods.eks.amazonaws.com, sts:TagSession, or a tag that it asks for.',
      source: 'https://docs.aws.amazon.com/eks/latest/userguide/pod-id-role.html',
    },
    {
      id: 'node-may-not-ask',
      pattern:
        /\(AccessDeniedException\)[^\n]{0,400}eks-auth:AssumeRoleForPodIdentity|not authorized to perform: eks-auth:AssumeRoleForPodIdentity/i,
      link: 'node-role',
      cause: 'The role of the node may not ask EKS Auth for the credentials of its pods.',
      source: 'https://docs.aws.amazon.com/eks/latest/userguide/pod-id-agent-setup.html',
    },
    {
      id: 'association-not-found',
      pattern: /\(ResourceNotFoundException\)|No association found for (?:service ?account|pod)/i,
      link: 'association',
      cause: 'EKS knows no association for the service account of the pod, or no longer does.',
      source: agent,
    },
    {
      id: 'token-not-accepted',
      pattern:
        /\((?:InvalidTokenException|ExpiredTokenException)\)|Service account token (?:cannot be (?:empty|parsed)|failed basic claim validations)/i,
      link: 'injection',
      cause: 'The token that the pod sent to the agent is not one that EKS Auth takes: of another audience, another cluster, or too old.',
      source: agent,
    },
    {
      id: 'tags-too-large',
      pattern: /PackedPolicyTooLarge[^\n]{0,200}?(?:consumes (?<share>\d{1,4})%)?/i,
      link: 'session',
      cause: 'The tags that EKS puts into the session and those of the application are too large together.',
      source: 'https://docs.aws.amazon.com/eks/latest/userguide/pod-id-abac.html',
    },
    {
      id: 'wrong-agent-address',
      pattern: /Access Denied\. Called agent through invalid address/i,
      link: 'egress',
      cause: 'The agent was asked under an address that is not its own: a proxy or a rule rewrites it.',
      source: agent,
    },
    {
      id: 'sdk-too-old',
      pattern:
        /169\.254\.170\.23 is not a valid container metadata service hostname|Unsupported host '169\.254\.170\.23'|invalid endpoint host, \\?"169\.254\.170\.23\\?", only loopback hosts are allowed/i,
      link: 'credentials',
      cause: 'The SDK of the application is older than EKS Pod Identity and refuses the address of the agent.',
      source: sdks,
    },
    {
      id: 'too-many-requests',
      pattern: /169\.254\.170\.23[^\n]{0,200}429 Too Many Requests/i,
      link: 'agent',
      cause: 'The agent of the node was asked more often than it answers.',
      source: agent,
    },
    {
      id: 'agent-not-reached',
      pattern:
        /(?:169\.254\.170\.23|fd00:ec2::23)[^\n]{0,200}(?:connection refused|context (?:canceled|deadline exceeded)|i\/o timeout|timed out|no route to host|Connection reset)/i,
      link: 'egress',
      cause:
        'No answer came from the agent of the node: it is not there, or a policy or the security group of the pod keeps the pod from it.',
      source: guide,
    },
    {
      id: 'eks-auth-not-reached',
      pattern: /unable to fetch credentials from EKS Auth|fetched credentials are expired or will expire/i,
      link: 'agent',
      cause: 'The agent itself got no answer from EKS Auth: without a way out the VPC needs an endpoint for eks-auth.',
      source: 'https://docs.aws.amazon.com/eks/latest/userguide/private-clusters.html',
      hidden: 'The code in brackets, or the log of the agent on that node, says why.',
    },
  ],
  { ofAnyPod: true },
)
