import type { Symptom } from '#joints/define-symptoms.ts'

/** AWS names the caller, the action, mostly the resource, and mostly which sort of policy decided. */
const grammar = 'https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html'

const session = String.raw`arn:aws[\w-]{0,12}:sts::(?<account>\d{12}):assumed-role\/(?<role>[\w+=,.@-]{1,64})\/`
const refused = (sessionName: string, action: string, rest = '', role = 'role') =>
  new RegExp(String.raw`User: ${session.replace('<role>', `<${role}>`)}${sessionName} is not authorized to perform: ${action}${rest}`)
const anyAction = String.raw`(?<action>[a-z0-9-]{1,40}:[A-Za-z0-9]{1,80})`
const onResource = String.raw`(?: on resource: (?<resource>[^\s"']{1,1000}))?`

export const denials: readonly Symptom[] = [
  {
    id: 'asked-as-node',
    // The role is that of the node: it says nothing of the role of the pod, so it has a name of its own.
    pattern: refused(String.raw`(?<instance>i-[0-9a-f]{8,17})`, anyAction, onResource, 'nodeRole'),
    link: 'injection',
    cause:
      'The caller is instance {instance} with the role of the node, {nodeRole}: the pod found no identity of its own and took that of its node.',
    source: grammar,
    also: 'pod-identity/injection',
  },
  {
    id: 'asked-with-pod-identity',
    pattern: refused(String.raw`eks-(?<session>[\w+=,.@-]{1,60})`, anyAction, onResource),
    link: 'permissions',
    cause: 'The session of EKS Pod Identity with role {role} may not do {action} on {resource}.',
    source: grammar,
    also: 'pod-identity/permissions',
  },
  {
    id: 'network-plugin-denied',
    pattern: /failed to call (?<action>ec2:[A-Za-z0-9]{1,80}) due to missing permissions|MissingIAMPermissions/,
    link: 'permissions',
    cause:
      'The VPC CNI may not do {action}: the role of service account aws-node, or of the node where it has none, lacks AmazonEKS_CNI_Policy.',
    source: 'https://github.com/aws/amazon-vpc-cni-k8s/blob/master/docs/iam-policy.md',
    also: 'pod-identity/permissions',
  },
  {
    id: 'chain-denied',
    pattern: refused(
      String.raw`[\w+=,.@-]{1,64}`,
      'sts:AssumeRole',
      String.raw` on resource: (?<target>arn:aws[\w-]{0,12}:iam::\d{12}:role\/[\w+=,.@/-]{1,512})`,
    ),
    link: 'permissions',
    cause: 'Role {role} may not assume {target}: its own policies must allow it, and that role must trust it.',
    source: grammar,
    also: 'pod-identity/target-role',
  },
  {
    id: 'denied-by-guardrail',
    pattern: refused(
      String.raw`[\w+=,.@-]{1,64}`,
      anyAction,
      `${onResource}${String.raw` with an explicit deny in an? (?<layer>service control|resource control|permissions boundary|VPC endpoint) policy`}`,
    ),
    link: 'permissions',
    cause: 'A {layer} policy denies {action} to role {role}, whatever its own policies say.',
    source: grammar,
  },
  {
    id: 'denied',
    pattern: refused(
      String.raw`[\w+=,.@-]{1,64}`,
      anyAction,
      `${onResource}${String.raw`(?: because no (?<layer>identity-based|resource-based|permissions boundary|session|VPC endpoint|service control|resource control) policy allows)?`}`,
    ),
    link: 'permissions',
    cause: 'Role {role} may not do {action} on {resource}.',
    source: grammar,
  },
  {
    id: 'session-token-not-usable',
    pattern: /Cannot call GetSessionToken with session credentials/i,
    link: 'permissions',
    cause: 'The application asks for a session token with credentials that are of a session already: it needs none.',
    source: 'https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html',
  },
]
