import { taint } from './break-workload.ts'
import { degraded } from './degraded-addon.ts'
import { faultOf, type FaultRow } from './fault-rows.ts'
import type { Fault, Said } from './fault.ts'
import type { Body, WorldEditor } from './world-editor.ts'

const agent = 'ds/aws-guardduty-agent in amazon-guardduty'
const detector = '12abc34d567e8fa901bc2d34e56789f0'
const endpoint = 'vpc-endpoint/vpce-0e0000000000000e1'
const vpc = 'vpc/vpc-0c0000000000000c1'
const coverage = `111122223333:eu-west-1:${detector}:0c0000000000000c1`
const addon = 'addon/shop-prod/aws-guardduty-agent/12c8d5f0-0000-4000-8000-000000000001'

const crash: Said = { event: 'BackOff', says: 'Back-off restarting failed container aws-guardduty-agent in pod aws-guardduty-agent-17abc' }

const isAgent = ({ metadata }: Body): boolean => metadata.name.startsWith('aws-guardduty-agent-')
/** What the kubelet, EKS and GuardDuty write of agents that exit again and again. */
const exits = (world: WorldEditor): void => {
  world.editAll('k8s/Pod', isAgent, body => {
    const state = { waiting: { reason: 'CrashLoopBackOff' } }
    body.status = {
      ...body.status,
      conditions: [{ type: 'Ready', status: 'False' }],
      containerStatuses: [{ name: 'aws-guardduty-agent', ready: false, restartCount: 41, state }],
    }
  })
  degraded(world, addon, 'InsufficientNumberOfReplicas', crashed)
  unhealthy(world, `EKS Addon issue - InsufficientNumberOfReplicas: ${crashed}`)
}
const crashed =
  'The add-on is unhealthy because one or more pods are not ready: one or more pods have waiting containers CrashLoopBackOff: Completed'
const unhealthy = (world: WorldEditor, text: string) =>
  world.edit('aws/guardduty/Coverage', coverage, body => Object.assign(body, { CoverageStatus: 'UNHEALTHY', Issue: text }))
const feature = (world: WorldEditor, name: string) =>
  world.edit('aws/guardduty/Detector', detector, body => (body.Features.find(({ Name }: Body) => Name === name).Status = 'DISABLED'))
const firstPodGone = (world: WorldEditor) => world.remove('k8s/Pod', 'amazon-guardduty/aws-guardduty-agent-28bcd')

const conflict =
  'Conflicts found when trying to apply. Will not continue due to resolve conflicts mode. Conflicts: DaemonSet.apps aws-guardduty-agent - .spec.template.spec.containers[name="aws-guardduty-agent"].image'
const forbidden =
  'priorityclasses.scheduling.k8s.io "aws-guardduty-agent.priorityclass" is forbidden: User "eks:addon-manager" cannot patch resource "priorityclasses" in API group "scheduling.k8s.io" at the cluster scope'
const webhook =
  'admission webhook "validate.kyverno.svc-fail" denied the request: policy DaemonSet/amazon-guardduty/aws-guardduty-agent for resource violation'
const attributes =
  'VPC Endpoint Creation Failed: Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true for vpc-0c0000000000000c1 (Service: Ec2, Status Code:400)'
const version =
  'Addon Creation Failed: Addon aws-guardduty-agent is not compatible with current cluster version of cluster shop-prod. Addon specified is not supported.'
const tainted = '0/2 nodes are available: 1 node(s) had untolerated taint {team: data}. preemption: 0/2 nodes are available'
const room =
  'EKS Addon issue - InsufficientNumberOfReplicas: The add-on is unhealthy because 0/2 nodes are available: 1 Insufficient cpu. preemption: not eligible due to preemptionPolicy=Never'

const ofCluster: readonly FaultRow[] = [
  {
    name: 'detector suspended',
    breaks: world => world.edit('aws/guardduty/Detector', detector, body => (body.Status = 'DISABLED')),
    says: [],
    link: 'detector',
    check: 'detector-off',
  },
  {
    name: 'audit logs off',
    breaks: world => feature(world, 'EKS_AUDIT_LOGS'),
    says: [],
    link: 'audit-logs',
    check: 'audit-logs-off',
  },
  {
    name: 'runtime monitoring off',
    breaks: world => feature(world, 'RUNTIME_MONITORING'),
    says: [],
    link: 'runtime-monitoring',
    check: 'runtime-monitoring-off',
  },
  {
    name: 'malware protection off',
    breaks: world => feature(world, 'EBS_MALWARE_PROTECTION'),
    says: [],
    link: 'malware-protection',
    check: 'malware-protection-off',
  },
  {
    name: 'a rule archives every reverse shell',
    breaks: world => world.edit('aws/guardduty/Filter', 'filter/too-loud', body => (body.Action = 'ARCHIVE')),
    says: [],
    link: 'suppression',
    check: 'filter-hides-findings',
  },
]

const ofAgent: readonly FaultRow[] = [
  {
    name: 'somebody else edited the DaemonSet',
    breaks: world => degraded(world, addon, 'ConfigurationConflict', conflict, 'UPDATE_FAILED'),
    says: [],
    link: 'agent',
    check: 'addon-unhealthy',
  },
  {
    name: 'binding of the add-on manager removed',
    breaks: world => degraded(world, addon, 'AccessDenied', forbidden, 'CREATE_FAILED'),
    says: [],
    link: 'agent',
    check: 'addon-unhealthy',
  },
  {
    name: 'admission webhook refuses the agent',
    breaks: world => degraded(world, addon, 'AdmissionRequestDenied', webhook, 'UPDATE_FAILED'),
    says: [],
    link: 'agent',
    check: 'addon-unhealthy',
  },
  {
    name: 'agent of another Kubernetes version',
    breaks: world => {
      world.edit('aws/eks/Addon', addon, body => (body.addonVersion = 'v1.10.0-eksbuild.2'))
      unhealthy(world, version)
    },
    says: [],
    link: 'agent',
    check: 'agent-version-incompatible',
  },
  {
    name: 'a node that is tainted',
    breaks: world => {
      firstPodGone(world)
      degraded(world, addon, 'InsufficientNumberOfReplicas', tainted)
      taint(world, 'ip-10-0-2-17.eu-west-1.compute.internal')
    },
    says: [],
    link: 'nodes',
    check: 'agent-absent-on-nodes',
  },
  {
    name: 'a node without room',
    breaks: world => {
      firstPodGone(world)
      unhealthy(world, room)
    },
    says: [],
    link: 'nodes',
    check: 'agent-absent-on-nodes',
  },
  {
    name: 'image cannot be pulled',
    breaks: world =>
      world.edit('k8s/Pod', 'amazon-guardduty/aws-guardduty-agent-28bcd', body => {
        const state = { waiting: { reason: 'ImagePullBackOff' } }
        body.status = {
          ...body.status,
          conditions: [{ type: 'Ready', status: 'False' }],
          containerStatuses: [{ name: 'aws-guardduty-agent', ready: false, restartCount: 0, state }],
        }
        unhealthy(world, 'EKS Addon issue - InsufficientNumberOfReplicas: The add-on is unhealthy because it does not have enough replicas')
      }),
    says: [],
    link: 'running',
    check: 'agent-not-ready',
  },
  {
    name: 'GuardDuty hears nothing, and nobody knows why',
    breaks: world => unhealthy(world, 'Others: Error due to authorization failure'),
    says: [],
    link: 'coverage',
    check: 'coverage-unhealthy',
  },
  {
    name: 'GuardDuty hears nothing, and what it says is new',
    breaks: world => unhealthy(world, 'Others: The flux capacitor is cold'),
    says: [],
    link: 'coverage',
    check: 'coverage-unhealthy',
  },
  {
    name: 'one node is not heard',
    breaks: world => world.edit('aws/guardduty/Coverage', coverage, body => (body.ResourceDetails.EksClusterDetails.CoveredNodes = 1)),
    says: [],
    link: 'coverage',
    check: 'coverage-nodes-missing',
  },
]

/** Agents that do not reach their endpoint exit: whatever keeps them from it is seen as a crash. */
const ofEndpoint: readonly FaultRow[] = [
  {
    name: 'endpoint removed',
    breaks: world => world.remove('aws/ec2/VpcEndpoint', endpoint),
    says: [crash],
    link: 'endpoint',
    check: 'endpoint-missing',
  },
  {
    name: 'endpoint without private name',
    breaks: world => world.edit('aws/ec2/VpcEndpoint', endpoint, body => (body.PrivateDnsEnabled = false)),
    says: [crash],
    link: 'endpoint',
    check: 'endpoint-name-not-private',
  },
  {
    name: 'VPC without names',
    breaks: world => {
      world.edit('aws/ec2/Vpc', vpc, body => (body.EnableDnsHostnames = { Value: false }))
      unhealthy(world, attributes)
    },
    says: [],
    link: 'endpoint',
    check: 'endpoint-name-not-private',
  },
  {
    name: 'endpoint for another account',
    breaks: world =>
      world.edit('aws/ec2/VpcEndpoint', endpoint, body => {
        body.PolicyDocument.Statement[1].Condition.StringNotEquals['aws:PrincipalAccount'] = '444455556666'
      }),
    says: [crash],
    link: 'endpoint',
    check: 'endpoint-policy-denies',
  },
  {
    name: 'endpoint closed to nodes',
    breaks: world =>
      world.edit('aws/ec2/SecurityGroup', 'sg-0e0000000000000e9', body => (body.IpPermissions[0].IpRanges = [{ CidrIp: '10.9.0.0/16' }])),
    says: [crash],
    link: 'endpoint',
    check: 'endpoint-closed-to-nodes',
  },
]

const crashing: readonly FaultRow[] = ofEndpoint.map(template => ({
  ...template,
  breaks: world => {
    exits(world)
    return template.breaks(world, undefined)
  },
}))

export const guardDutyFaults: readonly Fault[] = [...ofCluster, ...ofAgent, ...crashing].map(
  faultOf({ title: 'detection', joint: 'guardduty', of: agent }, undefined),
)
