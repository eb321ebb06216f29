import { randomUUID } from 'node:crypto'
import { jsonAnswer, jsonError } from './answers.ts'
import { addSamples, configure, newDetector, type Detector, type Json } from './guardduty-state.ts'
import type { Principals } from './principals.ts'
import type { Answer, GatewayRequest, Handler } from './request.ts'

interface Operation {
  readonly name: string
  readonly method: string
  /** The path after `/detector/ID`; what it captures is the second argument. */
  readonly path: RegExp
  readonly answer: (detector: Detector, input: Json, captured: string) => Answer
}

const notOwned = 'The request is rejected because the input detectorId is not owned by the current account.'
const done = (body: Json = {}) => jsonAnswer(body)
const invalid = (message: string) => jsonError('BadRequestException', message)
const seconds = () => Date.now() / 1000

/** As botocore's service model of GuardDuty (2017-11-28) tells paths and members. */
const operations: readonly Operation[] = [
  { name: 'GetDetector', method: 'GET', path: /^$/, answer: detector => done(described(detector)) },
  // It goes where the list of them is at hand.
  { name: 'DeleteDetector', method: 'DELETE', path: /^$/, answer: () => done() },
  {
    name: 'UpdateDetector',
    method: 'POST',
    path: /^$/,
    answer(detector, input) {
      const refused = configure(detector, input)
      return refused === undefined ? done() : invalid(refused)
    },
  },
  {
    name: 'GetAdministratorAccount',
    method: 'GET',
    path: /^\/administrator$/,
    answer: ({ administrator }) => done(administrator && { administrator }),
  },
  {
    name: 'DescribeOrganizationConfiguration',
    method: 'GET',
    path: /^\/admin$/,
    answer: ({ organization }) =>
      organization === undefined ? invalid('The request is rejected because the account administers no organization.') : done(organization),
  },
  {
    name: 'ListCoverage',
    method: 'POST',
    path: /^\/coverage$/,
    answer: (detector, input) => done({ resources: covered(detector, input) }),
  },
  {
    name: 'GetCoverageStatistics',
    method: 'POST',
    path: /^\/coverage\/statistics$/,
    answer: (detector, input) => done({ coverageStatistics: statistics(covered(detector, input)) }),
  },
  {
    name: 'CreateFilter',
    method: 'POST',
    path: /^\/filter$/,
    answer({ filters }, { clientToken: _, ...input }) {
      const name = String(input['name'])
      filters.set(name, { rank: 1, action: 'NOOP', ...input, createdAt: seconds(), updatedAt: seconds(), version: 'V1' })
      return done({ name })
    },
  },
  { name: 'ListFilters', method: 'GET', path: /^\/filter$/, answer: ({ filters }) => done({ filterNames: [...filters.keys()] }) },
  { name: 'GetFilter', method: 'GET', path: /^\/filter\/([^/]+)$/, answer: ({ filters }, _, name) => one(filters.get(name)) },
  { name: 'DeleteFilter', method: 'DELETE', path: /^\/filter\/([^/]+)$/, answer: ({ filters }, _, name) => (filters.delete(name), done()) },
  {
    name: 'CreatePublishingDestination',
    method: 'POST',
    path: /^\/publishingDestination$/,
    answer({ destinations }, { destinationType, destinationProperties }) {
      const destinationId = randomUUID().replaceAll('-', '')
      destinations.set(destinationId, {
        destinationId,
        destinationType,
        destinationProperties,
        status: 'PUBLISHING',
        publishingFailureStartTimestamp: 0,
      })
      return done({ destinationId })
    },
  },
  {
    name: 'ListPublishingDestinations',
    method: 'GET',
    path: /^\/publishingDestination$/,
    answer: ({ destinations }) =>
      done({
        destinations: [...destinations.values()].map(({ destinationId, destinationType, status }) => ({
          destinationId,
          destinationType,
          status,
        })),
      }),
  },
  {
    name: 'DescribePublishingDestination',
    method: 'GET',
    path: /^\/publishingDestination\/([^/]+)$/,
    answer: ({ destinations }, _, id) => one(destinations.get(id)),
  },
  {
    name: 'CreateSampleFindings',
    method: 'POST',
    path: /^\/findings\/create$/,
    answer: (detector, { findingTypes = ['Policy:Kubernetes/ExposedDashboard'] }) => (
      addSamples(detector, findingTypes as string[]),
      done()
    ),
  },
  { name: 'ListFindings', method: 'POST', path: /^\/findings$/, answer: ({ findings }) => done({ findingIds: [...findings.keys()] }) },
  {
    name: 'GetFindings',
    method: 'POST',
    path: /^\/findings\/get$/,
    answer: ({ findings }, { findingIds }) => done({ findings: (findingIds as string[]).flatMap(id => findings.get(id) ?? []) }),
  },
  {
    name: 'ArchiveFindings',
    method: 'POST',
    path: /^\/findings\/archive$/,
    answer({ findings }, { findingIds }) {
      for (const id of findingIds as string[]) {
        const finding = findings.get(id)
        if (finding !== undefined) finding.service.archived = true
      }
      return done()
    },
  },
]

const one = (found: Json | undefined): Answer =>
  found === undefined ? invalid('The request is rejected because no such resource was found.') : done(found)

const described = ({ status, findingPublishingFrequency, createdAt, updatedAt, tags, features, account }: Detector): Json => ({
  status,
  findingPublishingFrequency,
  createdAt,
  updatedAt,
  tags,
  serviceRole: `arn:aws:iam::${account}:role/aws-service-role/guardduty.amazonaws.com/AWSServiceRoleForAmazonGuardDuty`,
  features: [...features.values()],
})

/** What a test set, as far as the criteria select it: those by type and by name of the cluster. */
function covered({ coverage }: Detector, { filterCriteria }: Json): readonly Json[] {
  const criteria = ((filterCriteria as Json | undefined)?.['filterCriterion'] ?? []) as readonly Json[]
  return coverage.filter(({ resourceDetails }) =>
    criteria.every(({ criterionKey, filterCondition }) => {
      const details = (resourceDetails ?? {}) as {
        readonly resourceType?: string
        readonly eksClusterDetails?: { readonly clusterName?: string }
      }
      const value = { RESOURCE_TYPE: details.resourceType, EKS_CLUSTER_NAME: details.eksClusterDetails?.clusterName }[String(criterionKey)]
      if (value === undefined) throw new Error(`the lab knows no criterion ${String(criterionKey)}`)
      return ((filterCondition as Json)['equals'] as string[]).includes(value)
    }),
  )
}

function statistics(resources: readonly Json[]): Json {
  const countByCoverageStatus: Record<string, number> = {}
  for (const { coverageStatus } of resources)
    countByCoverageStatus[String(coverageStatus)] = (countByCoverageStatus[String(coverageStatus)] ?? 0) + 1
  return { countByCoverageStatus, countByResourceType: { EKS: resources.length } }
}

/** GuardDuty, which ministack lacks: what is set is kept and told, nothing is detected. A test sets coverage, administrator and organization at `/_lab/guardduty`. */
export function guardduty({ accountOf, refusal }: Principals): readonly Handler[] {
  const detectors: Detector[] = []
  const inputOf = ({ body }: GatewayRequest) => (body.length === 0 ? {} : (JSON.parse(body.toString('utf8')) as Json))
  const service: Handler = {
    operation: 'guardduty:*',
    matches: ({ service: name }) => name === 'guardduty',
    async answer(request, upstream) {
      const { method, path, region = '' } = request
      const account = accountOf(request) ?? ''
      const [, id, rest = ''] = /^\/detector(?:\/([^/]+)(.*))?$/.exec(path.replace(/\/$/, '')) ?? []
      const operation = operations.find(candidate => candidate.method === method && candidate.path.test(rest))
      const name = id !== undefined ? operation?.name : method === 'POST' ? 'CreateDetector' : 'ListDetectors'
      if (name === undefined) return jsonError('UnknownOperationException', `the lab has no ${method} ${path}`, 404)
      const arn =
        id === undefined || anywhere.has(name) ? '*' : `arn:aws:guardduty:${region}:${account}:detector/${id}${suffix(name, rest)}`
      const refused = await refusal(request, upstream, `guardduty:${name}`, arn)
      if (refused !== undefined) return refused
      const here = detectors.filter(detector => detector.account === account && detector.region === region)
      if (name === 'ListDetectors') return done({ detectorIds: here.map(detector => detector.id) })
      if (name === 'CreateDetector') return create(detectors, here, account, region, inputOf(request))
      const detector = here.find(candidate => candidate.id === id)
      if (detector === undefined || operation === undefined) return invalid(notOwned)
      if (name === 'DeleteDetector') detectors.splice(detectors.indexOf(detector), 1)
      return operation.answer(detector, inputOf(request), decodeURIComponent(operation.path.exec(rest)?.[1] ?? ''))
    },
  }
  return [service, settings(detectors, inputOf)]
}

/** IAM narrows these to no resource. https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonguardduty.html */
const anywhere = new Set([
  'DescribeOrganizationConfiguration',
  'GetAdministratorAccount',
  'ListFilters',
  'ListPublishingDestinations',
  'CreateSampleFindings',
  'ListFindings',
  'GetFindings',
  'ArchiveFindings',
])

const suffix = (name: string, rest: string) => (/^(Get|Delete)Filter$|^DescribePublishing/.test(name) ? rest.toLowerCase() : '')

function create(detectors: Detector[], here: readonly Detector[], account: string, region: string, input: Json): Answer {
  if (here.length > 0) return invalid('The request is rejected because a detector already exists for the current account.')
  const detector = newDetector(account, region)
  const refused = configure(detector, input)
  if (refused !== undefined) return invalid(refused)
  detectors.push(detector)
  return done({ detectorId: detector.id })
}

/** `POST /_lab/guardduty/ID` with `coverage`, `administrator` or `organization`, as the API would tell them; `DELETE` forgets the detector. */
const settings = (detectors: Detector[], inputOf: (request: GatewayRequest) => Json): Handler => ({
  operation: 'the lab itself',
  matches: ({ path }) => path.startsWith('/_lab/guardduty/'),
  answer(request) {
    const at = detectors.findIndex(({ id }) => request.path === `/_lab/guardduty/${id}`)
    const detector = detectors[at]
    if (detector === undefined) return Promise.resolve(jsonError('NotFound', 'no such detector', 404))
    if (request.method === 'DELETE') detectors.splice(at, 1)
    else Object.assign(detector, inputOf(request))
    return Promise.resolve(done())
  },
})
