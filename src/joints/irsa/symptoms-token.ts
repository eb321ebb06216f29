import type { Symptom } from '#joints/define-symptoms.ts'

const api = 'https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html'
const article = 'https://repost.aws/knowledge-center/eks-error-invalid-identity-token'
const guide = 'https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html'

/** What STS answers to a token of a service account. */
export const tokenExchange: readonly Symptom[] = [
  {
    id: 'provider-not-found',
    pattern: /No OpenIDConnect provider found in your account for (?<issuer>https:\/\/[\w./:-]{1,300})/i,
    link: 'provider',
    cause: "The account of the role has no OIDC provider for {issuer}: it was never made there, or the role names an older cluster's.",
    source: article,
  },
  {
    id: 'thumbprint-differs',
    pattern: /OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint/i,
    link: 'provider',
    cause: "The certificate of the issuer is neither of a known authority nor of the provider's thumbprints.",
    source: article,
  },
  {
    id: 'audience-not-listed',
    pattern: /Incorrect token audience/i,
    link: 'provider',
    cause: 'The provider does not list the audience of the token among its client ids.',
    source: api,
  },
  {
    id: 'keys-not-fetched',
    pattern: /Couldn't retrieve verification key from your identity provider|IDPCommunicationError/i,
    link: 'issuer',
    cause: 'STS could not fetch the keys of the issuer, which must be public, and which limits how often it is asked.',
    source: api,
  },
  {
    id: 'token-expired',
    pattern:
      /Token must be issued within 24 hours|web identity token (?:that was passed )?is expired|Token expired: current date\/time|ExpiredTokenException[^\n]{0,120}(?:Web|OIDC|identity) ?token/i,
    link: 'token',
    cause: 'The token is too old: the application kept its text instead of reading the file again, or a clock is wrong.',
    source: api,
  },
  {
    id: 'claim-rejected',
    pattern: /IDPRejectedClaim/i,
    link: 'token',
    cause: 'The issuer rejected a claim of the token: it was revoked, or it is not of this issuer any more.',
    source: api,
  },
  {
    id: 'account-not-found',
    pattern:
      /error looking up service account (?<namespace>[\w-]{1,63})\/(?<serviceAccount>[\w.-]{1,253}): serviceaccount "[\w.-]{1,253}" not found/,
    link: 'service-account',
    cause: 'Service account {namespace}/{serviceAccount} does not exist, so no pod is made.',
    source: 'https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/',
    also: 'pod-identity/service-account',
  },
  {
    id: 'role-arn-invalid',
    pattern: /Request ARN is invalid/i,
    link: 'service-account',
    cause: 'The annotation of the service account is no ARN of a role: look for a blank, a colon too many, or an instance profile.',
    source: guide,
  },
  {
    id: 'duration-too-long',
    pattern: /DurationSeconds exceeds the MaxSessionDuration/i,
    link: 'session',
    cause: 'The application asks for a session that is longer than the role allows.',
    source: api,
  },
  {
    id: 'session-name-invalid',
    pattern: /at 'roleSessionName' failed to satisfy constraint/i,
    link: 'session',
    cause: 'The name of the session has a character that STS does not take, or is too long.',
    source: api,
  },
  {
    id: 'region-of-signature',
    pattern: /Credential should be scoped to a valid region/i,
    link: 'network',
    cause: 'A regional token was used with the global endpoint of STS: let the SDK use the regional one.',
    source: 'https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_enable-regions.html',
  },
  {
    id: 'region-disabled',
    pattern: /RegionDisabledException|STS is not activated in this region/i,
    link: 'network',
    cause: 'STS is switched off in this region for the account of the role.',
    source: api,
  },
  {
    id: 'token-refused',
    pattern: /Not authorized to perform:? sts:AssumeRoleWithWebIdentity/i,
    link: 'trust',
    cause:
      'The role did not accept the token: its trust policy does not fit, the role is gone (STS does not tell which), or a guardrail forbids it.',
    source: api,
  },
  {
    id: 'sts-not-reached',
    pattern:
      /(?:sts(?:[.-][a-z0-9-]{1,40}){0,3}\.amazonaws\.com(?:\.cn)?)[^\n]{0,300}(?:i\/o timeout|no such host|connection refused|timed out|context deadline exceeded|could not connect)|(?:Could not connect to the endpoint URL|Connect timeout on endpoint URL)[^\n]{0,20}https:\/\/sts[^\n]{0,200}/i,
    link: 'network',
    cause: 'No connection to STS came about: no way out and no endpoint for it, a name that does not resolve, or a rule that denies it.',
    source: 'https://docs.aws.amazon.com/eks/latest/userguide/private-clusters.html',
  },
]
