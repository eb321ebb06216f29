import { defineJoint } from '#joints/define.ts'
import { workloadKinds } from '#joints/workloads.ts'
import webhookUnhealthy from '../irsa/webhook-unhealthy/check.ts'
import agentAbsentOnNode from './agent-absent-on-node/check.ts'
import agentMissing from './agent-missing/check.ts'
import associationMissing from './association-missing/check.ts'
import associationNewerThanPod from './association-newer-than-pod/check.ts'
import associationOrphaned from './association-orphaned/check.ts'
import computeUnsupported from './compute-unsupported/check.ts'
import credentialsOlderThanChange from './credentials-older-than-change/check.ts'
import egressBlocksAgent from './egress-blocks-agent/check.ts'
import eksAuthConnectionDenied from './eks-auth-connection-denied/check.ts'
import eksAuthEndpointMissing from './eks-auth-endpoint-missing/check.ts'
import identityShadowed from './identity-shadowed/check.ts'
import irsaAndPodIdentityDiffer from './irsa-and-pod-identity-differ/check.ts'
import nodeRoleLacksEksAuth from './node-role-lacks-eks-auth/check.ts'
import podNotInjected from './pod-not-injected/check.ts'
import requestTagWithTagsDisabled from './request-tag-with-tags-disabled/check.ts'
import roleMissing from './role-missing/check.ts'
import serviceAccountMissing from './service-account-missing/check.ts'
import sessionPolicyBypass from './session-policy-bypass/check.ts'
import sessionPolicyTooNarrow from './session-policy-too-narrow/check.ts'
import { podIdentityStarts } from './starts.ts'
import targetChainBroken from './target-chain-broken/check.ts'
import targetNoExternalId from './target-no-external-id/check.ts'
import trustDoesNotMatch from './trust-does-not-match/check.ts'
import trustMissingPrincipal from './trust-missing-principal/check.ts'
import trustMissingTagSession from './trust-missing-tag-session/check.ts'
import trustUnconditioned from './trust-unconditioned/check.ts'

export default defineJoint({
  id: 'pod-identity',
  title: 'EKS Pod Identity',
  reads: [
    ...workloadKinds,
    'k8s/ServiceAccount',
    'k8s/MutatingWebhookConfiguration',
    'k8s/Node',
    'aws/ec2/Instance',
    'aws/eks/Cluster',
    'aws/eks/PodIdentityAssociation',
    'aws/iam/Role',
  ],
  links: [
    { id: 'service-account', title: 'service account', checks: [serviceAccountMissing] },
    { id: 'association', title: 'association', checks: [associationMissing] },
    { id: 'compute', title: 'compute', checks: [computeUnsupported] },
    { id: 'agent', title: 'agent', checks: [agentAbsentOnNode, agentMissing, eksAuthEndpointMissing, eksAuthConnectionDenied] },
    // EKS has one webhook for both ways, so the check is that of IRSA.
    { id: 'webhook', title: 'webhook', checks: [webhookUnhealthy] },
    { id: 'injection', title: 'injection', checks: [podNotInjected, associationNewerThanPod] },
    { id: 'credentials', title: 'credentials', checks: [identityShadowed] },
    { id: 'egress', title: 'egress to agent', checks: [egressBlocksAgent] },
    { id: 'node-role', title: 'node role', checks: [nodeRoleLacksEksAuth] },
    { id: 'role', title: 'role', checks: [roleMissing] },
    // A denied trust has one cause, so at most one of them fires.
    { id: 'trust', title: 'trust', checks: [trustMissingPrincipal, trustMissingTagSession, trustDoesNotMatch] },
    { id: 'session', title: 'session', checks: [requestTagWithTagsDisabled] },
    { id: 'target-role', title: 'target role', checks: [targetChainBroken] },
    { id: 'permissions', title: 'permissions', checks: [sessionPolicyTooNarrow] },
  ],
  safe: [
    irsaAndPodIdentityDiffer,
    targetNoExternalId,
    trustUnconditioned,
    associationOrphaned,
    sessionPolicyBypass,
    credentialsOlderThanChange,
  ],

  starts: podIdentityStarts,
})
