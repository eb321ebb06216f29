import { defineJoint } from '#joints/define.ts'
import { workloadKinds } from '#joints/workloads.ts'
import annotationMisplaced from './annotation-misplaced/check.ts'
import annotationTypo from './annotation-typo/check.ts'
import crossAccountHalfOpen from './cross-account-half-open/check.ts'
import defaultServiceAccountHasRole from './default-service-account-has-role/check.ts'
import identityShadowed from './identity-shadowed/check.ts'
import injectionPartial from './injection-partial/check.ts'
import issuerMissing from './issuer-missing/check.ts'
import keyNotUsable from './key-not-usable/check.ts'
import permissionBlockedByGuardrail from './permission-blocked-by-guardrail/check.ts'
import permissionDenied from './permission-denied/check.ts'
import podIdentityStale from './pod-identity-stale/check.ts'
import podNotMutated from './pod-not-mutated/check.ts'
import providerAudienceMissing from './provider-audience-missing/check.ts'
import providerMissing from './provider-missing/check.ts'
import resourceControlDeniesToken from './resource-control-denies-token/check.ts'
import roleArnMalformed from './role-arn-malformed/check.ts'
import roleHasFullAccessPolicy from './role-has-full-access-policy/check.ts'
import roleIsAdmin from './role-is-admin/check.ts'
import roleMissing from './role-missing/check.ts'
import roleSharedWithOthers from './role-shared-with-others/check.ts'
import roleSharedByServiceAccounts from './role-shared-by-service-accounts/check.ts'
import roleTrustedAcrossEnvironments from './role-trusted-across-environments/check.ts'
import roleTrustsForeignAccount from './role-trusts-foreign-account/check.ts'
import secretPatternTooWide from './secret-pattern-too-wide/check.ts'
import serviceAccountMissing from './service-account-missing/check.ts'
import sessionNameInvalid from './session-name-invalid/check.ts'
import { irsaStarts } from './starts.ts'
import stsConnectionDenied from './sts-connection-denied/check.ts'
import stsEndpointDeniesToken from './sts-endpoint-denies-token/check.ts'
import stsUnreachable from './sts-unreachable/check.ts'
import tokenAudienceMismatch from './token-audience-mismatch/check.ts'
import tokenExpirationIgnored from './token-expiration-ignored/check.ts'
import trustActionMismatch from './trust-action-mismatch/check.ts'
import trustAdmitsAnyNamespace from './trust-admits-any-namespace/check.ts'
import trustAdmitsAnyServiceAccount from './trust-admits-any-service-account/check.ts'
import trustAdmitsNamespacePrefix from './trust-admits-namespace-prefix/check.ts'
import trustAdmitsWholeNamespace from './trust-admits-whole-namespace/check.ts'
import trustDoesNotMatch from './trust-does-not-match/check.ts'
import trustLiteralWildcard from './trust-literal-wildcard/check.ts'
import trustSubjectUnderAudience from './trust-subject-under-audience/check.ts'
import trustWrongIssuer from './trust-wrong-issuer/check.ts'
import webhookSkipsWorkload from './webhook-skips-workload/check.ts'
import webhookUnhealthy from './webhook-unhealthy/check.ts'

/** A denied trust has one cause, so at most one of them fires. */
const trustChecks = [trustDoesNotMatch, trustActionMismatch, trustWrongIssuer, trustSubjectUnderAudience, trustLiteralWildcard]

export default defineJoint({
  id: 'irsa',
  title: 'IAM roles for service accounts',
  reads: [...workloadKinds, 'k8s/MutatingWebhookConfiguration', 'k8s/ServiceAccount', 'aws/eks/Cluster'],
  links: [
    {
      id: 'service-account',
      title: 'service account',
      checks: [serviceAccountMissing, annotationTypo, annotationMisplaced, roleArnMalformed],
    },
    { id: 'webhook', title: 'webhook', checks: [webhookUnhealthy, webhookSkipsWorkload] },
    { id: 'injection', title: 'injection', checks: [podNotMutated, injectionPartial, podIdentityStale] },
    { id: 'token', title: 'token', checks: [tokenExpirationIgnored, tokenAudienceMismatch] },
    { id: 'credentials', title: 'credentials', checks: [identityShadowed] },
    { id: 'issuer', title: 'issuer', checks: [issuerMissing] },
    { id: 'provider', title: 'provider', checks: [providerMissing, providerAudienceMissing] },
    { id: 'role', title: 'role', checks: [roleMissing] },
    { id: 'trust', title: 'trust', checks: trustChecks },
    { id: 'guardrails', title: 'guardrails', checks: [resourceControlDeniesToken] },
    { id: 'network', title: 'network to STS', checks: [stsUnreachable, stsConnectionDenied, stsEndpointDeniesToken] },
    { id: 'session', title: 'session', checks: [sessionNameInvalid] },
    {
      id: 'permissions',
      title: 'permissions',
      checks: [permissionDenied, permissionBlockedByGuardrail, keyNotUsable, crossAccountHalfOpen],
    },
  ],
  safe: [
    trustAdmitsAnyServiceAccount,
    trustAdmitsAnyNamespace,
    trustAdmitsNamespacePrefix,
    trustAdmitsWholeNamespace,
    roleIsAdmin,
    roleHasFullAccessPolicy,
    roleSharedWithOthers,
    roleTrustsForeignAccount,
    roleTrustedAcrossEnvironments,
    roleSharedByServiceAccounts,
    defaultServiceAccountHasRole,
    secretPatternTooWide,
  ],

  starts: irsaStarts,
})
