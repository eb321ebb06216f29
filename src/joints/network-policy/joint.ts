import { defineJoint } from '#joints/define.ts'
import { policyKinds } from '#joints/policy-input.ts'
import { workloadKinds } from '#joints/workloads.ts'
import agentNotRunning from './agent-not-running/check.ts'
import baselineDenyLifted from './baseline-deny-lifted/check.ts'
import blockMissesServiceAddresses from './block-misses-service-addresses/check.ts'
import cniVersionUnsupported from './cni-version-unsupported/check.ts'
import denyNarrowedToPorts from './deny-narrowed-to-ports/check.ts'
import denyRangeDropped from './deny-range-dropped/check.ts'
import dnsEgressDenied from './dns-egress-denied/check.ts'
import dnsIngressDenied from './dns-ingress-denied/check.ts'
import domainNamesSkipped from './domain-names-skipped/check.ts'
import enforcementDisabled from './enforcement-disabled/check.ts'
import exceptActsAcrossRules from './except-acts-across-rules/check.ts'
import exceptOfOtherFamily from './except-of-other-family/check.ts'
import firstPeerMatchesNoNamespace from './first-peer-matches-no-namespace/check.ts'
import flowDeniedByPolicy from './flow-denied-by-policy/check.ts'
import flowEvidenceOff from './flow-evidence-off/check.ts'
import hostNetworkPeerOpensNode from './host-network-peer-opens-node/check.ts'
import icmpDropped from './icmp-dropped/check.ts'
import imdsNeededButDenied from './imds-needed-but-denied/check.ts'
import namedPortCrashesController from './named-port-crashes-controller/check.ts'
import namedPortIgnored from './named-port-ignored/check.ts'
import namedPortOpensOtherPorts from './named-port-opens-other-ports/check.ts'
import namedPortUnresolved from './named-port-unresolved/check.ts'
import namespaceUnprotected from './namespace-unprotected/check.ts'
import openUntilReconciled from './open-until-reconciled/check.ts'
import ownNodeAlwaysOpen from './own-node-always-open/check.ts'
import ownNodeExcepted from './own-node-excepted/check.ts'
import peerSelectorsSeparated from './peer-selectors-separated/check.ts'
import peerSelectsNothing from './peer-selects-nothing/check.ts'
import podNotEnforced from './pod-not-enforced/check.ts'
import podWithoutOwner from './pod-without-owner/check.ts'
import podsSharePoliciesAcrossNodes from './pods-share-policies-across-nodes/check.ts'
import podsSharePolicies from './pods-share-policies/check.ts'
import policyApiNotEnforced from './policy-api-not-enforced/check.ts'
import policyEndpointOrphaned from './policy-endpoint-orphaned/check.ts'
import policyEndpointOutdated from './policy-endpoint-outdated/check.ts'
import policyNameShared from './policy-name-shared/check.ts'
import policyPartInvalid from './policy-part-invalid/check.ts'
import policySelectsNothing from './policy-selects-nothing/check.ts'
import policyTypesMismatched from './policy-types-mismatched/check.ts'
import portEntriesCollide from './port-entries-collide/check.ts'
import portSlotsExceeded from './port-slots-exceeded/check.ts'
import priorityShared from './priority-shared/check.ts'
import ruleOfOtherFamily from './rule-of-other-family/check.ts'
import ruleOrderIgnored from './rule-order-ignored/check.ts'
import ruleShadowed from './rule-shadowed/check.ts'
import ruleWithoutPeersDropped from './rule-without-peers-dropped/check.ts'
import servicePortBypass from './service-port-bypass/check.ts'
import serviceSelectorMismatch from './service-selector-mismatch/check.ts'
import strictModeClosesPods from './strict-mode-closes-pods/check.ts'
import twoEnginesActive from './two-engines-active/check.ts'
import unlistedDirectionEnforced from './unlisted-direction-enforced/check.ts'
import { networkPolicyStarts } from './starts.ts'

/** From the policies that select a pod to what is enforced on the wire, beside what security groups do on the same path. */
export default defineJoint({
  id: 'network-policy',
  title: 'Network policies',
  reads: [...workloadKinds, ...policyKinds, 'k8s/DaemonSet', 'k8s/Namespace', 'aws/eks/Cluster'],
  links: [
    { id: 'policy', title: 'policy', checks: [policyPartInvalid] },
    {
      id: 'engine',
      title: 'engine',
      checks: [cniVersionUnsupported, enforcementDisabled, namedPortCrashesController, twoEnginesActive],
    },
    { id: 'enforced', title: 'enforced on the pod', checks: [podNotEnforced] },
    {
      id: 'resolved',
      title: 'resolved',
      checks: [
        // Those that fail open come first: the first finding of a link is the only one.
        denyNarrowedToPorts,
        denyRangeDropped,
        firstPeerMatchesNoNamespace,
        baselineDenyLifted,
        ruleOrderIgnored,
        policyNameShared,
        policyEndpointOutdated,
        serviceSelectorMismatch,
      ],
    },
    { id: 'dns', title: 'DNS', checks: [dnsEgressDenied] },
    { id: 'traffic', title: 'traffic', checks: [flowDeniedByPolicy] },
  ],
  safe: [
    agentNotRunning,
    policyApiNotEnforced,
    namedPortOpensOtherPorts,
    namedPortIgnored,
    namedPortUnresolved,
    exceptActsAcrossRules,
    portSlotsExceeded,
    portEntriesCollide,
    hostNetworkPeerOpensNode,
    ownNodeExcepted,
    domainNamesSkipped,
    ruleWithoutPeersDropped,
    unlistedDirectionEnforced,
    servicePortBypass,
    exceptOfOtherFamily,
    podsSharePolicies,
    podsSharePoliciesAcrossNodes,
    strictModeClosesPods,
    policyEndpointOrphaned,
    priorityShared,
    blockMissesServiceAddresses,
    ruleOfOtherFamily,
    icmpDropped,
    podWithoutOwner,
    ownNodeAlwaysOpen,
    policySelectsNothing,
    peerSelectsNothing,
    peerSelectorsSeparated,
    policyTypesMismatched,
    namespaceUnprotected,
    imdsNeededButDenied,
    dnsIngressDenied,
    flowEvidenceOff,
    openUntilReconciled,
    ruleShadowed,
  ],

  starts: networkPolicyStarts,
})
