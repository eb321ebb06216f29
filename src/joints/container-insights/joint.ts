import { defineJoint } from '#joints/define.ts'
import { workloadKinds } from '#joints/workloads.ts'
import addonUnhealthy from './addon-unhealthy/check.ts'
import agentNotReady from './agent-not-ready/check.ts'
import agentsMissing from './agents-missing/check.ts'
import auditLogGap from './audit-log-gap/check.ts'
import auditLogUnwatched from './audit-log-unwatched/check.ts'
import controlPlaneLogsOff from './control-plane-logs-off/check.ts'
import controlPlaneLogsStale from './control-plane-logs-stale/check.ts'
import credentialsMissing from './credentials-missing/check.ts'
import destinationDiffers from './destination-differs/check.ts'
import enhancedMetricsOff from './enhanced-metrics-off/check.ts'
import instrumentationNotChosen from './instrumentation-not-chosen/check.ts'
import logGroupKeyRefusesLogs from './log-group-key-refuses-logs/check.ts'
import logGroupKeyUnusable from './log-group-key-unusable/check.ts'
import logGroupMissing from './log-group-missing/check.ts'
import logGroupNeverExpires from './log-group-never-expires/check.ts'
import logsConnectionDenied from './logs-connection-denied/check.ts'
import logsUnreachable from './logs-unreachable/check.ts'
import nodeNotCovered from './node-not-covered/check.ts'
import nodeSilent from './node-silent/check.ts'
import placeholderLeft from './placeholder-left/check.ts'
import podIdentityUnsupported from './pod-identity-unsupported/check.ts'
import shippedTwice from './shipped-twice/check.ts'
import { containerInsightsStarts } from './starts.ts'
import webhookCertificateExpired from './webhook-certificate-expired/check.ts'
import writeDenied from './write-denied/check.ts'

export default defineJoint({
  id: 'container-insights',
  title: 'Container Insights and control-plane logs',
  reads: [...workloadKinds, 'k8s/ConfigMap', 'aws/eks/Addon', 'aws/eks/Cluster', 'aws/logs/LogGroup'],
  links: [
    { id: 'add-on', title: 'add-on', checks: [addonUnhealthy, agentsMissing] },
    { id: 'configuration', title: 'configuration', checks: [placeholderLeft, destinationDiffers] },
    { id: 'nodes', title: 'nodes', checks: [nodeNotCovered, agentNotReady] },
    { id: 'identity', title: 'identity', checks: [podIdentityUnsupported, credentialsMissing] },
    { id: 'permission', title: 'permission', checks: [writeDenied] },
    { id: 'network', title: 'network to AWS', checks: [logsUnreachable, logsConnectionDenied] },
    { id: 'control-plane', title: 'control-plane logs', checks: [controlPlaneLogsOff] },
    { id: 'log-group', title: 'log group', checks: [logGroupMissing] },
    { id: 'key', title: 'key', checks: [logGroupKeyUnusable, logGroupKeyRefusesLogs] },
    { id: 'arrival', title: 'arrival', checks: [nodeSilent, controlPlaneLogsStale] },
  ],
  safe: [
    logGroupNeverExpires,
    shippedTwice,
    auditLogGap,
    auditLogUnwatched,
    enhancedMetricsOff,
    instrumentationNotChosen,
    webhookCertificateExpired,
  ],

  starts: containerInsightsStarts,
})
