import { Unread } from '#base/errors.ts'
import { setting, targetOf, type Change } from '#model/change.ts'
import type { Path } from '#model/place.ts'
import type { Evidence, Resource } from '#model/resource.ts'
import type { Fail, Fix } from '#model/verdict.ts'
import type { Reader } from '#model/world.ts'
import { homeOf } from './home.ts'

export type Detector = Resource<'aws/guardduty/Detector'>
export type DetectorReader = Reader<'aws/guardduty/Detector'>

/** The protection plans that this joint is about, as GuardDuty names them. https://docs.aws.amazon.com/guardduty/latest/APIReference/API_DetectorFeatureConfigurationResult.html */
export type FeatureName = 'EKS_AUDIT_LOGS' | 'EKS_RUNTIME_MONITORING' | 'RUNTIME_MONITORING' | 'EBS_MALWARE_PROTECTION'

export interface Feature {
  readonly name: FeatureName
  readonly isOn: boolean
  readonly path: Path
  at(label: string): Evidence
}

/**
 * The detector of the region that a resource is in; undefined: GuardDuty was never switched on there. A region has one at most.
 * @throws Unread when the detectors of the region were not read
 */
export function detectorOf(world: DetectorReader, resource: Resource): Detector | undefined {
  const [detector] = world.list('aws/guardduty/Detector', homeOf(resource))
  return detector
}

export const isOn = ({ body }: Detector): boolean => body.Status === 'ENABLED'

/** The detector when it is on. @throws Unread as `detectorOf` */
export function activeDetector(world: DetectorReader, resource: Resource): Detector | undefined {
  const detector = detectorOf(world, resource)
  return detector !== undefined && isOn(detector) ? detector : undefined
}

/** A feature that the detector names; undefined when it names none of that name. */
export function namedFeature(detector: Detector, name: FeatureName): Feature | undefined {
  const index = (detector.body.Features ?? []).findIndex(feature => feature.Name === name)
  const feature = detector.body.Features?.[index]
  if (feature?.Status === undefined) return undefined
  const path = ['Features', index, 'Status']
  return { name, isOn: feature.Status === 'ENABLED', path, at: label => detector.at(path, label) }
}

/**
 * A feature of the detector.
 * @throws Unread when its features were not read, or the region does not offer this one
 */
export const featureOf = (detector: Detector, name: FeatureName): Feature => namedFeature(detector, name) ?? unnamed(detector, [name])

export function unnamed(detector: Detector, names: readonly FeatureName[]): never {
  throw new Unread({
    kind: detector.kind,
    id: detector.id,
    reason: `the detector names no feature ${names.join(' or ')}: it was not read, or the region does not offer it`,
    settle: { by: 'iam', action: 'guardduty:GetDetector', resource: detector.body.Arn },
  })
}

/**
 * Runtime monitoring under the name that is on: `RUNTIME_MONITORING`, or the older `EKS_RUNTIME_MONITORING`, which still works. A detector tells of both,
 * and no more than one is to be on. Undefined: neither is on.
 * https://docs.aws.amazon.com/guardduty/latest/ug/migrating-from-eksrunmon-to-runtime-monitoring.html
 * @throws Unread when neither is named
 */
export function runtimeMonitoring(detector: Detector): Feature | undefined {
  const [current, legacy] = [namedFeature(detector, 'RUNTIME_MONITORING'), namedFeature(detector, 'EKS_RUNTIME_MONITORING')]
  if (current === undefined && legacy === undefined) return unnamed(detector, ['RUNTIME_MONITORING', 'EKS_RUNTIME_MONITORING'])
  return [current, legacy].find(feature => feature?.isOn === true)
}

/** Where the detector says whether GuardDuty installs the agent on EKS clusters by itself. `path` is where it would say so when it says nothing. */
export function agentManagement(
  detector: Detector,
  { name, path }: Feature,
): { readonly isOn: boolean; readonly path: Path; readonly isNamed: boolean } {
  const [list, index] = path as readonly ['Features', number]
  const configurations = detector.body.Features?.find(feature => feature.Name === name)?.AdditionalConfiguration ?? []
  const at = configurations.findIndex(configuration => configuration.Name === 'EKS_ADDON_MANAGEMENT')
  const base = [list, index, 'AdditionalConfiguration']
  if (at < 0) return { isOn: false, path: [...base, configurations.length], isNamed: false }
  return { isOn: configurations[at]?.Status === 'ENABLED', path: [...base, at, 'Status'], isNamed: true }
}

/** The edit after which GuardDuty installs the agent by itself, or does not. */
export function managementEdit(detector: Detector, feature: Feature, status: 'ENABLED' | 'DISABLED'): Change['edit'] {
  const { path, isNamed } = agentManagement(detector, feature)
  return setting(detector, path, isNamed ? status : { Name: 'EKS_ADDON_MANAGEMENT', Status: status })
}

/** One edit of the detector as a change. */
export const detectorChange = (detector: Detector, edit: Change['edit'], risk: string): Change => ({
  target: targetOf(detector),
  edit,
  permissions: ['guardduty:UpdateDetector'],
  risk,
})

/**
 * The account that administers the detector, when that is known. It alone may change what members monitor.
 * https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_accounts.html
 */
export function knownAdministrator(world: Reader<'aws/guardduty/Administrator'>, detector: Detector): string | undefined {
  const found = world.seen('aws/guardduty/Administrator').find(({ body }) => body.DetectorArn === detector.body.Arn)
  return found?.body.Administrator?.AccountId
}

/** The fix as changes, or whom to ask where the account may not make them itself. */
export function fixOrAsk(world: Reader<'aws/guardduty/Administrator'>, detector: Detector, fix: Fix): Pick<Fail, 'fix' | 'help'> {
  const administrator = knownAdministrator(world, detector)
  if (administrator === undefined) return { fix }
  return { help: `Account ${administrator} administers GuardDuty here, and only there can this be done: ${fix.title}.` }
}
