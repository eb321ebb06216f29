import type { Proposal } from '#joints/proposal.ts'
import { Unread, UserError } from '#base/errors.ts'
import type { BlueprintDetection } from '#model/blueprint.ts'
import { setting, type Change } from '#model/change.ts'
import { plannedId } from '#model/planned-id.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import {
  agentManagement,
  detectorChange,
  detectorOf,
  featureOf,
  isOn,
  managementEdit,
  namedFeature,
  type Detector,
  type DetectorReader,
} from './detector.ts'
import { homeOf } from './home.ts'

type Cluster = Resource<'aws/eks/Cluster'>
export type DetectionReader = DetectorReader & Reader<'aws/guardduty/Administrator'>

/** What a blueprint declares, and whether GuardDuty shall install its agent by itself. */
export interface DeclaredDetection {
  readonly plans: BlueprintDetection['guardduty']
  readonly isManaged: boolean
}

/** The changes are made in requests of their own: GuardDuty refuses one that names both features of runtime monitoring. */
const risks = {
  charges: 'GuardDuty charges for the events of every plan that is on.',
  made: 'GuardDuty charges for the events of every plan that is on, and a new detector has all on but runtime monitoring, as AWS sets them. Undo deletes it only as long as it has no findings.',
  runtime:
    'GuardDuty charges for each vCPU that it monitors, installs its agent on every cluster of the account that has no tag GuardDutyManaged=false, and makes an endpoint in their VPCs.',
  legacy: 'The agent stays as it is, and clusters keep their coverage by RUNTIME_MONITORING.',
} as const

/**
 * What is missing for GuardDuty to watch the cluster as declared. One account may administer the detectors of others: then only it can change them.
 * @throws Unread when the detector or its administrator was not read, UserError `NOT_OURS` when another account administers it
 */
export function detectorProposals(world: DetectionReader, cluster: Cluster, declared: DeclaredDetection): readonly Proposal[] {
  const detector = detectorOf(world, cluster)
  if (detector === undefined) return [creation(cluster, declared)]
  const proposals = [...switchedOn(detector), ...audit(detector, declared), ...runtime(detector, declared)]
  const [first] = proposals
  const administrator = first === undefined ? undefined : administratorOf(world, detector)
  if (first === undefined || administrator === undefined) return proposals
  throw new UserError(
    'NOT_OURS',
    `account ${administrator} administers GuardDuty here, and only there can this be done: ${titlesOf(proposals)}`,
    {
      help: `Let account ${administrator} do it for this member, by aws guardduty update-member-detectors.`,
    },
  )
}

const titlesOf = (proposals: readonly Proposal[]): string => proposals.map(({ title }) => title).join('; ')

/** @throws Unread when it is not known whether there is one */
function administratorOf(world: DetectionReader, detector: Detector): string | undefined {
  const found = world.find('aws/guardduty/Administrator', detector.body.Arn)
  if (found !== undefined) return found.body.Administrator?.AccountId
  throw new Unread({
    kind: 'aws/guardduty/Administrator',
    id: detector.body.Arn,
    reason: 'whether another account administers the detector was not read',
    settle: { by: 'iam', action: 'guardduty:GetAdministratorAccount' },
  })
}

/** A region has one detector at most: its account and region name it before GuardDuty does. */
function creation(cluster: Cluster, { plans, isManaged }: DeclaredDetection): Proposal {
  const { account, region } = homeOf(cluster)
  const id = plannedId('aws/guardduty/Detector', `${account}/${region}`)
  const hasRuntime = plans.includes('runtime')
  const body = {
    Arn: id,
    DetectorId: id,
    Status: 'ENABLED',
    Features: [
      { Name: 'EKS_AUDIT_LOGS', Status: 'ENABLED' },
      {
        Name: 'RUNTIME_MONITORING',
        Status: hasRuntime ? 'ENABLED' : 'DISABLED',
        AdditionalConfiguration: [{ Name: 'EKS_ADDON_MANAGEMENT', Status: isManaged ? 'ENABLED' : 'DISABLED' }],
      },
    ],
  }
  const change: Change = {
    target: { kind: 'aws/guardduty/Detector', id, scope: { account, region } },
    edit: { do: 'create', body },
    permissions: ['guardduty:CreateDetector', 'guardduty:TagResource', 'iam:CreateServiceLinkedRole'],
    risk: hasRuntime ? `${risks.made} ${risks.runtime}` : risks.made,
  }
  return { change, title: `switch GuardDuty on in ${region}`, makes: 'guardduty: detector' }
}

const switchedOn = (detector: Detector): readonly Proposal[] =>
  isOn(detector)
    ? []
    : [
        {
          change: detectorChange(detector, setting(detector, ['Status'], 'ENABLED'), risks.charges),
          title: 'switch the detector on',
          makes: 'guardduty: detector',
        },
      ]

function audit(detector: Detector, { plans }: DeclaredDetection): readonly Proposal[] {
  if (!plans.includes('audit-logs')) return []
  const { isOn: isAudited, path } = featureOf(detector, 'EKS_AUDIT_LOGS')
  const change = detectorChange(detector, setting(detector, path, 'ENABLED'), risks.charges)
  return isAudited ? [] : [{ change, title: 'let GuardDuty watch the audit logs of EKS', makes: 'guardduty: audit-logs' }]
}

function runtime(detector: Detector, { plans, isManaged }: DeclaredDetection): readonly Proposal[] {
  if (!plans.includes('runtime')) return []
  const current = featureOf(detector, 'RUNTIME_MONITORING')
  const legacy = namedFeature(detector, 'EKS_RUNTIME_MONITORING')
  const { isOn: isManagedNow } = agentManagement(detector, current)
  const makes = 'guardduty: runtime-monitoring'
  return [
    ...(current.isOn
      ? []
      : [
          {
            change: detectorChange(detector, setting(detector, current.path, 'ENABLED'), risks.runtime),
            title: 'switch RUNTIME_MONITORING on',
            makes,
          },
        ]),
    ...(isManaged && !isManagedNow
      ? [
          {
            change: detectorChange(detector, managementEdit(detector, current, 'ENABLED'), risks.runtime),
            title: 'let GuardDuty install its agent',
            makes: 'guardduty: agent',
          },
        ]
      : []),
    ...(legacy?.isOn === true
      ? [
          {
            change: detectorChange(detector, setting(detector, legacy.path, 'DISABLED'), risks.legacy),
            title: 'switch EKS_RUNTIME_MONITORING off, which RUNTIME_MONITORING replaces',
            makes,
          },
        ]
      : []),
  ]
}
