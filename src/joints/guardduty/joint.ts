import { defineJoint } from '#joints/define.ts'
import addonUnhealthy from './addon-unhealthy/check.ts'
import administratorInactive from './administrator-inactive/check.ts'
import agentAbsentOnNodes from './agent-absent-on-nodes/check.ts'
import agentManagementOff from './agent-management-off/check.ts'
import agentMissing from './agent-missing/check.ts'
import agentNotReady from './agent-not-ready/check.ts'
import agentOutdated from './agent-outdated/check.ts'
import agentVersionIncompatible from './agent-version-incompatible/check.ts'
import auditLogsOff from './audit-logs-off/check.ts'
import clusterExcludedByTag from './cluster-excluded-by-tag/check.ts'
import computeNotCovered from './compute-not-covered/check.ts'
import coverageLossUnnoticed from './coverage-loss-unnoticed/check.ts'
import coverageNodesMissing from './coverage-nodes-missing/check.ts'
import coverageUnhealthy from './coverage-unhealthy/check.ts'
import destinationNotPublishing from './destination-not-publishing/check.ts'
import detectorOff from './detector-off/check.ts'
import endpointClosedToNodes from './endpoint-closed-to-nodes/check.ts'
import endpointMissing from './endpoint-missing/check.ts'
import endpointNameNotPrivate from './endpoint-name-not-private/check.ts'
import endpointPolicyDenies from './endpoint-policy-denies/check.ts'
import endpointZoneMissing from './endpoint-zone-missing/check.ts'
import filterHidesFindings from './filter-hides-findings/check.ts'
import findingsPublishedNowhere from './findings-published-nowhere/check.ts'
import malwareProtectionOff from './malware-protection-off/check.ts'
import newMembersNotWatched from './new-members-not-watched/check.ts'
import runtimeMonitoringLegacy from './runtime-monitoring-legacy/check.ts'
import runtimeMonitoringOff from './runtime-monitoring-off/check.ts'
import { guardDutyStarts } from './starts.ts'
import targetRefusesEvents from './target-refuses-events/check.ts'

/** What becomes of findings is of every plan, whether the agent runs or not: these stand on the chain, and speak wherever it breaks. */
const ofFindings = {
  malware: [malwareProtectionOff],
  findings: [findingsPublishedNowhere, destinationNotPublishing],
  suppression: [filterHidesFindings],
}

export default defineJoint({
  id: 'guardduty',
  title: 'GuardDuty',
  reads: ['aws/eks/Cluster', 'aws/guardduty/Detector', 'aws/guardduty/Filter', 'aws/guardduty/PublishingDestination', 'k8s/DaemonSet'],
  links: [
    { id: 'detector', title: 'detector', checks: [detectorOff] },
    { id: 'audit-logs', title: 'audit logs', checks: [auditLogsOff] },
    { id: 'runtime-monitoring', title: 'runtime monitoring', checks: [runtimeMonitoringOff] },
    {
      id: 'agent',
      title: 'agent',
      checks: [clusterExcludedByTag, agentManagementOff, addonUnhealthy, agentMissing, agentVersionIncompatible],
    },
    { id: 'nodes', title: 'nodes', checks: [agentAbsentOnNodes] },
    {
      id: 'endpoint',
      title: 'endpoint',
      checks: [endpointMissing, endpointNameNotPrivate, endpointPolicyDenies, endpointClosedToNodes],
    },
    { id: 'running', title: 'agent runs', checks: [agentNotReady] },
    { id: 'coverage', title: 'coverage', checks: [coverageUnhealthy, coverageNodesMissing] },
    { id: 'malware-protection', title: 'malware protection', checks: ofFindings.malware },
    { id: 'findings', title: 'findings', checks: ofFindings.findings },
    { id: 'suppression', title: 'suppression', checks: ofFindings.suppression },
  ],
  safe: [
    ...Object.values(ofFindings).flat(),
    administratorInactive,
    newMembersNotWatched,
    runtimeMonitoringLegacy,
    agentOutdated,
    computeNotCovered,
    endpointZoneMissing,
    coverageLossUnnoticed,
    targetRefusesEvents,
  ],

  starts: guardDutyStarts,
})
