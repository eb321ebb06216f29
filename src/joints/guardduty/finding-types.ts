const guide = 'https://docs.aws.amazon.com/guardduty/latest/ug'
const auditLogs = `${guide}/guardduty-finding-types-eks-audit-logs.html`
const runtime = `${guide}/findings-runtime-monitoring.html`
const malware = `${guide}/findings-malware-protection.html`
const iam = `${guide}/guardduty_finding-types-iam.html`
const sequences = `${guide}/guardduty-attack-sequence-finding-types.html`

/** What a finding type is found in. */
export type FindingSource = 'EKS_AUDIT_LOGS' | 'RUNTIME_MONITORING' | 'EBS_MALWARE_PROTECTION' | 'CLOUD_TRAIL' | 'EXTENDED'

/** A type of GuardDuty's findings that speaks of a cluster, a pod or a pod's credentials. */
export interface FindingType {
  readonly type: string
  /** GuardDuty's: high is 7.0 to 8.9, critical from 9.0. Of types whose severity varies, the highest. */
  readonly severity: 'critical' | 'high' | 'medium' | 'low'
  readonly foundIn: FindingSource
  /** The joints at which what it reports is to be looked at and closed, the nearest first: folders of `joints/`. */
  readonly joints: readonly string[]
  /** The page that documents it. */
  readonly source: string
  /** The types that took its place: GuardDuty no longer makes it, and rules that name it match nothing. */
  readonly replacedBy?: readonly string[]
}

const several = (
  facts: Omit<FindingType, 'type' | 'severity'>,
  severities: Partial<Readonly<Record<FindingType['severity'], readonly string[]>>>,
): readonly FindingType[] =>
  (Object.entries(severities) as [FindingType['severity'], readonly string[]][]).flatMap(([severity, types]) =>
    types.map(type => ({ type, severity, ...facts })),
  )

const audit = (joints: readonly string[]) => ({ foundIn: 'EKS_AUDIT_LOGS', joints, source: auditLogs }) as const
const atRuntime = (joints: readonly string[]) => ({ foundIn: 'RUNTIME_MONITORING', joints, source: runtime }) as const

/** Which joint a finding is about, as data. What is not here is of no joint. */
export const findingTypes: readonly FindingType[] = [
  ...several(audit(['secrets-store', 'cluster-access', 'irsa', 'pod-identity']), {
    high: [
      'CredentialAccess:Kubernetes/MaliciousIPCaller',
      'CredentialAccess:Kubernetes/MaliciousIPCaller.Custom',
      'CredentialAccess:Kubernetes/SuccessfulAnonymousAccess',
      'CredentialAccess:Kubernetes/TorIPCaller',
    ],
    medium: ['CredentialAccess:Kubernetes/AnomalousBehavior.SecretsAccessed'],
  }),
  ...several(audit(['cluster-access']), {
    high: [
      'DefenseEvasion:Kubernetes/MaliciousIPCaller',
      'DefenseEvasion:Kubernetes/MaliciousIPCaller.Custom',
      'DefenseEvasion:Kubernetes/SuccessfulAnonymousAccess',
      'DefenseEvasion:Kubernetes/TorIPCaller',
      'Impact:Kubernetes/MaliciousIPCaller',
      'Impact:Kubernetes/MaliciousIPCaller.Custom',
      'Impact:Kubernetes/SuccessfulAnonymousAccess',
      'Impact:Kubernetes/TorIPCaller',
      'Persistence:Kubernetes/SuccessfulAnonymousAccess',
      'Policy:Kubernetes/AdminAccessToDefaultServiceAccount',
      'Policy:Kubernetes/AnonymousAccessGranted',
      'PrivilegeEscalation:Kubernetes/AnomalousBehavior.RoleBindingCreated',
    ],
    medium: [
      'Discovery:Kubernetes/MaliciousIPCaller',
      'Discovery:Kubernetes/MaliciousIPCaller.Custom',
      'Discovery:Kubernetes/SuccessfulAnonymousAccess',
      'Discovery:Kubernetes/TorIPCaller',
      'Persistence:Kubernetes/MaliciousIPCaller',
      'Persistence:Kubernetes/MaliciousIPCaller.Custom',
      'Persistence:Kubernetes/TorIPCaller',
      'Policy:Kubernetes/ExposedDashboard',
      'Policy:Kubernetes/KubeflowDashboardExposed',
    ],
    low: ['Discovery:Kubernetes/AnomalousBehavior.PermissionChecked', 'PrivilegeEscalation:Kubernetes/AnomalousBehavior.RoleCreated'],
  }),
  ...several(audit(['cluster-access', 'irsa', 'pod-identity', 'network-policy']), {
    medium: [
      'Execution:Kubernetes/AnomalousBehavior.ExecInPod',
      'Execution:Kubernetes/AnomalousBehavior.WorkloadDeployed',
      'Execution:Kubernetes/ExecInKubeSystemPod',
    ],
  }),
  ...several(audit(['node-credentials', 'cluster-access']), {
    high: [
      'Persistence:Kubernetes/AnomalousBehavior.WorkloadDeployed!ContainerWithSensitiveMount',
      'PrivilegeEscalation:Kubernetes/AnomalousBehavior.WorkloadDeployed!PrivilegedContainer',
    ],
  }),
  {
    type: 'PrivilegeEscalation:Kubernetes/PrivilegedContainer',
    severity: 'medium',
    ...audit(['node-credentials', 'cluster-access']),
    replacedBy: ['PrivilegeEscalation:Kubernetes/AnomalousBehavior.WorkloadDeployed!PrivilegedContainer'],
  },
  {
    type: 'Persistence:Kubernetes/ContainerWithSensitiveMount',
    severity: 'medium',
    ...audit(['node-credentials', 'cluster-access']),
    replacedBy: ['Persistence:Kubernetes/AnomalousBehavior.WorkloadDeployed!ContainerWithSensitiveMount'],
  },
  ...several(atRuntime(['node-credentials', 'irsa', 'pod-identity']), {
    high: [
      'PrivilegeEscalation:Runtime/CGroupsReleaseAgentModified',
      'PrivilegeEscalation:Runtime/RuncContainerEscape',
      'UnauthorizedAccess:Runtime/MetadataDNSRebind',
    ],
    medium: [
      'PrivilegeEscalation:Runtime/ContainerMountsHostDirectory',
      'PrivilegeEscalation:Runtime/DockerSocketAccessed',
      'PrivilegeEscalation:Runtime/ElevationToRoot',
      'PrivilegeEscalation:Runtime/UserfaultfdUsage',
    ],
  }),
  ...several(atRuntime(['network-policy', 'security-groups-for-pods', 'irsa', 'pod-identity']), {
    high: [
      'CryptoCurrency:Runtime/BitcoinTool.B',
      'CryptoCurrency:Runtime/BitcoinTool.B!DNS',
      'Execution:Runtime/MaliciousFileExecuted',
      'Execution:Runtime/ReverseShell',
      'Execution:Runtime/SuspiciousCommand',
      'Execution:Runtime/SuspiciousTool',
      'UnauthorizedAccess:Runtime/TorClient',
      'UnauthorizedAccess:Runtime/TorRelay',
    ],
    medium: ['Execution:Runtime/NewBinaryExecuted'],
  }),
  ...several(
    { foundIn: 'EBS_MALWARE_PROTECTION', joints: ['ebs-encryption', 'network-policy'], source: malware },
    { high: ['Execution:Kubernetes/MaliciousFile', 'Execution:Kubernetes/SuspiciousFile'] },
  ),
  ...several(
    { foundIn: 'CLOUD_TRAIL', joints: ['node-credentials', 'irsa', 'pod-identity'], source: iam },
    {
      high: [
        'UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.InsideAWS',
        'UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.OutsideAWS',
        'UnauthorizedAccess:IAMUser/ResourceCredentialExfiltration.OutsideAWS',
      ],
    },
  ),
  ...several(
    { foundIn: 'EXTENDED', joints: ['cluster-access', 'irsa', 'pod-identity', 'node-credentials'], source: sequences },
    { critical: ['AttackSequence:EKS/CompromisedCluster'] },
  ),
]

/** What a type is, and where to act on it; undefined: it is of no joint, or not known here. */
export const findingType = (type: string): FindingType | undefined => byType.get(type)

const byType: ReadonlyMap<string, FindingType> = new Map(findingTypes.map(each => [each.type, each]))
