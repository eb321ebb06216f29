import { randomUUID } from 'node:crypto'

/** Whatever a caller sent, as it sent it. */
export type Json = Readonly<Record<string, unknown>>

interface Feature {
  readonly name: string
  readonly status: string
  readonly updatedAt: number
  readonly additionalConfiguration?: readonly Json[]
}

/** What GuardDuty keeps of one detector. */
export interface Detector {
  readonly id: string
  readonly account: string
  readonly region: string
  readonly createdAt: string
  updatedAt: string
  status: 'ENABLED' | 'DISABLED'
  findingPublishingFrequency: string
  tags: Json
  readonly features: Map<string, Feature>
  readonly filters: Map<string, Json>
  readonly destinations: Map<string, Json>
  readonly findings: Map<string, Finding>
  /** GuardDuty computes it from its agents; in the lab a test sets it. */
  coverage: readonly Json[]
  administrator: Json | undefined
  /** What an administrator of an organization has set for its members; a test sets it. */
  organization: Json | undefined
}

export interface Finding {
  readonly id: string
  readonly service: Json & { archived: boolean }
  readonly [member: string]: unknown
}

const seconds = () => Date.now() / 1000

/** Foundational ones cannot be switched off. https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_data-sources.html */
const foundational = ['CLOUD_TRAIL', 'DNS_LOGS', 'FLOW_LOGS']
/** "With an exception to RUNTIME_MONITORING feature, all the optional features are enabled by default." API_CreateDetector.html */
const onByDefault = ['S3_DATA_EVENTS', 'EKS_AUDIT_LOGS', 'EBS_MALWARE_PROTECTION', 'RDS_LOGIN_EVENTS', 'LAMBDA_NETWORK_LOGS']
const offByDefault = ['EKS_RUNTIME_MONITORING', 'RUNTIME_MONITORING']
const additional: Readonly<Record<string, readonly string[]>> = {
  EKS_RUNTIME_MONITORING: ['EKS_ADDON_MANAGEMENT'],
  RUNTIME_MONITORING: ['EKS_ADDON_MANAGEMENT', 'ECS_FARGATE_AGENT_MANAGEMENT', 'EC2_AGENT_MANAGEMENT'],
}

export function newDetector(account: string, region: string): Detector {
  const now = new Date().toISOString()
  const features = new Map<string, Feature>()
  for (const name of [...foundational, ...onByDefault, ...offByDefault]) {
    const status = offByDefault.includes(name) ? 'DISABLED' : 'ENABLED'
    features.set(name, { name, status, updatedAt: seconds(), ...additionalOf(name, []) })
  }
  return {
    id: randomUUID().replaceAll('-', ''),
    account,
    region,
    createdAt: now,
    updatedAt: now,
    status: 'ENABLED',
    findingPublishingFrequency: 'SIX_HOURS',
    tags: {},
    features,
    filters: new Map(),
    destinations: new Map(),
    findings: new Map(),
    coverage: [],
    administrator: undefined,
    organization: undefined,
  }
}

function additionalOf(name: string, given: readonly Json[], before: readonly Json[] = []): Pick<Feature, 'additionalConfiguration'> {
  const names = additional[name]
  if (names === undefined) return {}
  const statusOf = (list: readonly Json[], one: string) => list.find(item => item['name'] === one)?.['status']
  const additionalConfiguration = names.map(one => ({
    name: one,
    status: statusOf(given, one) ?? statusOf(before, one) ?? 'DISABLED',
    updatedAt: seconds(),
  }))
  return { additionalConfiguration }
}

/** What CreateDetector and UpdateDetector are given. Undefined, or why GuardDuty refuses it. */
export function configure(detector: Detector, input: Json): string | undefined {
  const features = (input['features'] ?? []) as readonly Json[]
  const names = features.map(({ name }) => String(name))
  // "Specifying both EKS_RUNTIME_MONITORING and RUNTIME_MONITORING will cause an error." API_DetectorFeatureConfiguration.html
  if (offByDefault.every(name => names.includes(name)))
    return 'The request is rejected because both EKS_RUNTIME_MONITORING and RUNTIME_MONITORING are specified.'
  const unknown = names.find(name => !detector.features.has(name) || foundational.includes(name))
  if (unknown !== undefined) return `The request is rejected because the parameter features has an invalid value ${unknown}.`
  if (typeof input['enable'] === 'boolean') detector.status = input['enable'] ? 'ENABLED' : 'DISABLED'
  if (typeof input['findingPublishingFrequency'] === 'string') detector.findingPublishingFrequency = input['findingPublishingFrequency']
  for (const { name, status, additionalConfiguration } of features) {
    const before = detector.features.get(String(name))
    const more = additionalOf(String(name), (additionalConfiguration ?? []) as readonly Json[], before?.additionalConfiguration)
    detector.features.set(String(name), { name: String(name), status: String(status), updatedAt: seconds(), ...more })
  }
  detector.updatedAt = new Date().toISOString()
  return undefined
}

/** Samples say so in their title and in `additionalInfo`. https://docs.aws.amazon.com/guardduty/latest/ug/sample_findings.html */
export function addSamples(detector: Detector, types: readonly string[]): void {
  const { account, region } = detector
  const now = new Date().toISOString()
  for (const type of types) {
    const id = randomUUID().replaceAll('-', '')
    const arn = `arn:aws:guardduty:${region}:${account}:detector/${detector.id}/finding/${id}`
    const service = {
      additionalInfo: { type: 'default', value: '{"sample":true}' },
      archived: false,
      count: 1,
      detectorId: detector.id,
      eventFirstSeen: now,
      eventLastSeen: now,
      serviceName: 'guardduty',
    }
    const title = `[SAMPLE] ${type}`
    const place = { accountId: account, arn, id, partition: 'aws', region, schemaVersion: '2.0' }
    const resource = { resourceType: type.includes('Kubernetes') ? 'EKSCluster' : 'Instance' }
    detector.findings.set(id, { ...place, type, title, description: title, severity: 5, createdAt: now, updatedAt: now, resource, service })
  }
}
