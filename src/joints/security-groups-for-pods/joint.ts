import { defineJoint } from '#joints/define.ts'
import { workloadKinds } from '#joints/workloads.ts'
import allocationFailed from './allocation-failed/check.ts'
import branchInterfaceLeaked from './branch-interface-leaked/check.ts'
import capacityExhausted from './capacity-exhausted/check.ts'
import capacityShortAtPeak from './capacity-short-at-peak/check.ts'
import clusterTagAmbiguous from './cluster-tag-ambiguous/check.ts'
import cniVersionIncompatible from './cni-version-incompatible/check.ts'
import computeUnsupported from './compute-unsupported/check.ts'
import dataStoreAdmitsNodes from './data-store-admits-nodes/check.ts'
import dnsEgressDenied from './dns-egress-denied/check.ts'
import dnsIngressDenied from './dns-ingress-denied/check.ts'
import earlyDemuxNotDisabled from './early-demux-not-disabled/check.ts'
import fargateGroupsLackControlPlane from './fargate-groups-lack-control-plane/check.ts'
import flowDeniedByAcl from './flow-denied-by-acl/check.ts'
import flowDeniedByGroup from './flow-denied-by-group/check.ts'
import groupIdMalformed from './group-id-malformed/check.ts'
import groupInOtherVpc from './group-in-other-vpc/check.ts'
import groupMissing from './group-missing/check.ts'
import groupOpenToWorld from './group-open-to-world/check.ts'
import groupReferenceLostToSnat from './group-reference-lost-to-snat/check.ts'
import groupReferenceStale from './group-reference-stale/check.ts'
import groupRuleDeniedByPolicy from './group-rule-denied-by-policy/check.ts'
import groupRuleShadowed from './group-rule-shadowed/check.ts'
import groupRulesNearQuota from './group-rules-near-quota/check.ts'
import groupUnused from './group-unused/check.ts'
import groupsTooMany from './groups-too-many/check.ts'
import instanceTypeUnsupported from './instance-type-unsupported/check.ts'
import interfaceGroupsDiffer from './interface-groups-differ/check.ts'
import maxPodsHidesBranchInterfaces from './max-pods-hides-branch-interfaces/check.ts'
import networkAclEntryUnreachable from './network-acl-entry-unreachable/check.ts'
import nodeLacksTrunk from './node-lacks-trunk/check.ts'
import podEniDisabled from './pod-eni-disabled/check.ts'
import podWithoutBranchInterface from './pod-without-branch-interface/check.ts'
import policiesAddUp from './policies-add-up/check.ts'
import policyInvalid from './policy-invalid/check.ts'
import policySelectsNothing from './policy-selects-nothing/check.ts'
import probePortDenied from './probe-port-denied/check.ts'
import roleLacksControllerActions from './role-lacks-controller-actions/check.ts'
import sameNodeBypassesGroups from './same-node-bypasses-groups/check.ts'
import settingsMixed from './settings-mixed/check.ts'
import { securityGroupStarts, startKinds } from './starts.ts'
import strictModeCutsLinkLocal from './strict-mode-cuts-link-local/check.ts'
import strictModeWithIpvs from './strict-mode-with-ipvs/check.ts'
import strictModeWithoutNat from './strict-mode-without-nat/check.ts'
import subnetAddressesExhausted from './subnet-addresses-exhausted/check.ts'
import trunkDiffersFromEniConfig from './trunk-differs-from-eni-config/check.ts'
import trunkNotAttached from './trunk-not-attached/check.ts'
import webhookSkipsWorkload from './webhook-skips-workload/check.ts'
import webhookUnhealthy from './webhook-unhealthy/check.ts'
import { workloadGroupKinds } from './workload-groups.ts'

/** From the pod's labels to its own interface in the VPC, and what its groups let through. */
export default defineJoint({
  id: 'security-groups-for-pods',
  title: 'Security groups for pods',
  reads: [...workloadKinds, ...workloadGroupKinds, ...startKinds],
  links: [
    { id: 'policy', title: 'SecurityGroupPolicy', checks: [computeUnsupported] },
    {
      id: 'groups',
      title: 'security groups',
      checks: [groupIdMalformed, groupMissing, groupInOtherVpc, groupsTooMany, fargateGroupsLackControlPlane],
    },
    { id: 'cni', title: 'VPC CNI', checks: [podEniDisabled] },
    { id: 'webhook', title: 'webhook', checks: [webhookUnhealthy, webhookSkipsWorkload] },
    { id: 'trunk', title: 'trunk interface', checks: [instanceTypeUnsupported, roleLacksControllerActions, trunkNotAttached] },
    { id: 'capacity', title: 'capacity', checks: [capacityExhausted, subnetAddressesExhausted] },
    {
      id: 'interface',
      title: 'branch interface',
      checks: [
        allocationFailed,
        podWithoutBranchInterface,
        interfaceGroupsDiffer,
        strictModeCutsLinkLocal,
        strictModeWithIpvs,
        strictModeWithoutNat,
      ],
    },
    { id: 'probes', title: 'probes', checks: [earlyDemuxNotDisabled, probePortDenied] },
    { id: 'dns', title: 'DNS', checks: [dnsEgressDenied, dnsIngressDenied] },
    { id: 'traffic', title: 'traffic', checks: [flowDeniedByGroup, flowDeniedByAcl] },
  ],
  safe: [
    policyInvalid,
    policySelectsNothing,
    policiesAddUp,
    nodeLacksTrunk,
    capacityShortAtPeak,
    clusterTagAmbiguous,
    cniVersionIncompatible,
    branchInterfaceLeaked,
    settingsMixed,
    trunkDiffersFromEniConfig,
    groupUnused,
    maxPodsHidesBranchInterfaces,
    groupOpenToWorld,
    groupReferenceStale,
    groupRulesNearQuota,
    dataStoreAdmitsNodes,
    groupReferenceLostToSnat,
    groupRuleDeniedByPolicy,
    sameNodeBypassesGroups,
    groupRuleShadowed,
    networkAclEntryUnreachable,
  ],

  starts: securityGroupStarts,
})
