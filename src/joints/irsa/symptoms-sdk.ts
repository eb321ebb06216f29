import type { Symptom } from '#joints/define-symptoms.ts'

const sdks = 'https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html'

/** What SDKs say before anything is sent to AWS. */
export const sdkSymptoms: readonly Symptom[] = [
  {
    id: 'token-file-missing',
    pattern:
      /(?:unable to read file at|failed fetching WebIdentity token|open|No such file or directory:) ?'?(?<file>[\w./\\:-]{0,200}(?:serviceaccount|aws)[\w./\\:-]{0,200}token)'?[^\n]{0,200}?(?:no such file|cannot find the (?:file|path)|$)/i,
    link: 'injection',
    cause: 'The variables name the token file {file}, and it is not in the container: its volume or its mount is missing.',
    source: 'https://github.com/aws/amazon-eks-pod-identity-webhook',
  },
  {
    id: 'token-file-unreadable',
    pattern: /(?<file>[\w./\\:-]{0,300}token): permission denied/i,
    link: 'token',
    cause: 'The process may not read the token {file}: it runs as another user than the pod says, and there is no fsGroup.',
    source: 'https://github.com/aws/amazon-eks-pod-identity-webhook/issues/8',
  },
  {
    id: 'no-credentials',
    pattern:
      /Unable to locate credentials|NoCredentialProviders|Missing credentials in config|Could not load credentials from any providers|Unable to load (?:AWS )?credentials from any|no EC2 IMDS role found|Unable to get IAM security credentials/i,
    link: 'injection',
    cause:
      'The SDK found no credentials anywhere: nothing was injected into the pod, its service account has no role, or its SDK is too old.',
    source: sdks,
    also: 'pod-identity/injection',
  },
  {
    id: 'foreign-keys',
    pattern:
      /security token included in the request is (?:invalid|expired)|provided token has expired|InvalidClientTokenId|UnrecognizedClientException/i,
    link: 'credentials',
    cause:
      'AWS does not know the credentials that the application sent, or no longer: keys that are written into the pod go before those of its role.',
    source: sdks,
    also: 'pod-identity/credentials',
  },
  {
    id: 'web-identity-failed',
    pattern: /WebIdentityErr: failed to retrieve credentials/i,
    link: 'trust',
    cause: 'The exchange of the token for credentials failed.',
    source: 'https://github.com/aws/aws-sdk-go/blob/main/aws/credentials/stscreds/web_identity_provider.go',
    hidden: 'The line after `caused by:` says what STS answered.',
  },
]
