import type { Symptom } from '#joints/define-symptoms.ts'

const provider = 'https://github.com/aws/secrets-store-csi-driver-provider-aws/blob/main'
const denials = 'https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html'
const secretErrors = 'https://docs.aws.amazon.com/secretsmanager/latest/userguide/troubleshoot.html'
const cross = 'https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_examples_cross.html'

/** `User: ARN is not authorized to perform: ACTION on resource: X because WHY`: `why` names the layer. */
const denied = (actions: string, why: string): RegExp =>
  new RegExp(
    String.raw`(?:User: (?<principal>arn:[^\s]{1,300}) is )?not authorized to perform: (?<action>${actions})\b(?: on resource: (?<resource>[^\s]{1,2048}))?${why}`,
  )
/** The second is the driver's; of the External Secrets Operator it is without the last letter. */
const reads = 'secretsmanager:GetSecretValue|ssm:GetParameters?'

/** What AWS answers the provider. */
export const awsSymptoms: readonly Symptom[] = [
  {
    id: 'role-not-annotated',
    pattern: /an IAM role must be associated with service account (?<serviceAccount>\S{1,253}) \(namespace: (?<namespace>[\w-]{1,63})\)/i,
    link: 'identity',
    cause:
      'Service account {namespace}/{serviceAccount} has no eks.amazonaws.com/role-arn; a SecretProviderClass does without by usePodIdentity: "true", a SecretStore never.',
    source: `${provider}/server/server.go`,
  },
  {
    id: 'token-refused',
    pattern: /Not authorized to perform sts:AssumeRoleWithWebIdentity/,
    link: 'identity',
    cause: 'The role does not trust the token of the pod’s service account.',
    source: 'https://docs.aws.amazon.com/eks/latest/userguide/troubleshooting-iam.html',
    also: 'irsa/trust',
  },
  {
    id: 'service-account-unreadable',
    pattern: /failed to get service account (?<namespace>[\w-]{1,63})\/(?<serviceAccount>[\w.-]{1,253})/,
    link: 'provider',
    cause:
      'The provider could not read service account {namespace}/{serviceAccount}: its ClusterRole or binding is missing, or the account is.',
    source: `${provider}/server/server.go`,
  },
  {
    id: 'provider-forbidden',
    pattern:
      /(?<resource>serviceaccounts|pods|nodes) "(?<name>[^"\s]{1,253})" is forbidden: User "system:serviceaccount:(?<namespace>[\w-]{1,63}):(?<serviceAccount>[\w.-]{1,253})" cannot (?:get|create) resource/,
    link: 'provider',
    cause: 'Service account {namespace}/{serviceAccount} may not read {resource}: the binding of the provider names another namespace.',
    source: 'https://github.com/kubernetes-sigs/secrets-store-csi-driver/issues/1399',
  },
  {
    id: 'agent-unreachable',
    pattern: /failed to get AWS config from pod identity agent: ?(?<reason>[^\n]{0,300})/,
    link: 'identity',
    cause: 'The provider’s pod got no credentials of the Pod Identity agent: {reason}.',
    source: `${provider}/credential_provider/pod_identity_credential_provider.go`,
    also: 'pod-identity/agent',
  },
  {
    id: 'describe-not-shared',
    pattern: denied('secretsmanager:DescribeSecret', ' because no resource-based policy allows'),
    link: 'permission',
    cause: 'The policy of secret {resource} does not let the role describe it, which drivers before 1.6.0 do before each rotation.',
    source: 'https://github.com/aws/secrets-store-csi-driver-provider-aws/issues/403',
  },
  {
    id: 'describe-denied',
    pattern: denied('secretsmanager:DescribeSecret', '(?<why> (?:because|with) [^\\n]{1,200})?'),
    link: 'permission',
    cause: 'The role may not describe secret {resource}, which drivers before 1.6.0 do before each rotation.',
    source: denials,
  },
  {
    id: 'read-denied',
    pattern: denied(reads, '(?<why> (?:because|with) [^\\n]{1,200})?'),
    link: 'permission',
    cause: 'The role may not do {action} on {resource}{why}.',
    source: denials,
  },
  {
    id: 'version-of-other-key',
    pattern: /Access to KMS is not allowed\. This version of secret is not encrypted with the current KMS key/,
    link: 'key',
    cause: 'The role may not decrypt with the key that this version of the secret is encrypted with, which is not the secret’s key of now.',
    source: 'https://repost.aws/knowledge-center/secrets-manager-cross-account-key',
  },
  {
    id: 'default-key-across-accounts',
    pattern: /You can't access a secret from a different AWS account if you encrypt the secret with the default KMS service key/,
    link: 'key',
    cause: 'The secret is of another account and encrypted with aws/secretsmanager, which no other account can use.',
    source: cross,
  },
  {
    id: 'key-closed',
    pattern: /Access to KMS is not allowed/,
    link: 'key',
    cause: 'The role may not decrypt with the key of the secret.',
    source: secretErrors,
  },
  {
    id: 'decrypt-denied',
    pattern: denied('kms:Decrypt', '(?<why> (?:because|with) [^\\n]{1,200})?'),
    link: 'key',
    cause: 'The role may not decrypt with key {resource}{why}.',
    source: denials,
  },
  {
    id: 'key-invalid',
    pattern: /query key ID isn't valid|Failed due to Invalid KeyId/,
    link: 'key',
    cause: 'The key that the parameter names cannot be used: it does not exist, is disabled, or is to be deleted.',
    source: 'https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameters.html',
  },
  {
    id: 'secret-deleted',
    pattern: /marked (?:for deletion|deleted)/,
    link: 'secret',
    cause: 'The secret is scheduled for deletion: no value of it can be read until it is restored.',
    source: 'https://docs.aws.amazon.com/secretsmanager/latest/userguide/manage_delete-secret.html',
  },
  {
    id: 'version-missing',
    pattern: /Secrets Manager can't find the specified secret value for (?<version>VersionId: \S{1,64}|staging label: \S{1,256})/,
    link: 'secret',
    cause: 'The secret has no value for {version}.',
    source: 'https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html',
  },
  {
    id: 'secret-missing',
    pattern:
      /(?:(?<region>[a-z]{2}(?:-[a-z]{1,12}){1,3}-\d): Failed fetching secret (?<secret>\S{1,2048}): [^\n]{0,300}?)?Secrets Manager can't find the specified secret/,
    link: 'secret',
    cause: 'There is no secret {secret} in {region}: its name, its region or its account is another.',
    source: `${provider}/provider/secrets_manager_provider.go`,
  },
  {
    id: 'parameter-missing',
    pattern: /(?<region>[a-z]{2}(?:-[a-z]{1,12}){1,3}-\d): invalid parameters: (?<parameters>[^\n]{1,1000})/,
    link: 'secret',
    cause: 'There are no parameters {parameters} in {region}, or not of that version or label.',
    source: `${provider}/provider/parameter_store_provider.go`,
  },
  {
    id: 'region-not-found',
    pattern: /failed to retrieve region from node\. error (?<reason>[^\n]{1,200})/,
    link: 'class',
    cause: 'The class names no region, the provider has no AWS_REGION, and the node has no label topology.kubernetes.io/region: {reason}.',
    source: `${provider}/server/server.go`,
  },
  {
    id: 'address-unreachable',
    pattern:
      /(?:Failed fetching|failed to retrieve credentials|RequestCanceled|https:\/\/(?<service>secretsmanager|ssm|sts)\.)[^\n]{0,400}?(?:i\/o timeout|request context canceled|context deadline exceeded|no such host)/,
    link: 'network',
    cause: 'No answer came from AWS: the provider’s pod has no way to Secrets Manager, Parameter Store or STS.',
    source: 'https://github.com/aws/secrets-store-csi-driver-provider-aws/issues/107',
  },
  {
    id: 'throttled',
    pattern:
      /(?:Failed fetching (?:secret|parameters)|GetSecretValue|GetParameters|DescribeSecret)[^\n]{0,400}?(?:ThrottlingException|Rate exceeded|TooManyRequestsException)/,
    link: 'rotation',
    cause: 'AWS refuses requests for being too many: pods times objects are asked for anew at every poll interval.',
    source: 'https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html',
  },
]
