import type { Resource } from '#model/resource.ts'
import { findingTypes, type FindingType } from './finding-types.ts'

type Filter = Resource<'aws/guardduty/Filter'>
type Condition = NonNullable<NonNullable<NonNullable<Filter['body']['FindingCriteria']>['Criterion']>[string]>

/**
 * The severe findings about clusters that a suppression rule archives whatever they are about: every one of the type, in the account or in a whole cluster.
 * A rule that asks for more (an address, an image, a namespace) hides single known cases, and is not meant here.
 * https://docs.aws.amazon.com/guardduty/latest/ug/findings_suppression-rule.html
 */
export function hiddenTypes({ body }: Filter): readonly FindingType[] {
  if (body.Action !== 'ARCHIVE') return []
  const criteria = Object.entries(body.FindingCriteria?.Criterion ?? {})
  if (criteria.some(([field]) => !broadFields.has(field))) return []
  return findingTypes.filter(
    type =>
      severitiesOf(type).length > 0 &&
      type.replacedBy === undefined &&
      criteria.every(([field, condition]) => isMet(type, field, condition)),
  )
}

/** Fields by which a rule still takes everything of a type in an account, a region or a cluster. */
const broadFields: ReadonlySet<string> = new Set([
  'accountId',
  'region',
  'resource.eksClusterDetails.name',
  'resource.resourceType',
  'service.archived',
  'severity',
  'type',
])

/** GuardDuty's numbers for high and critical. https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_findings-severity.html */
const severitiesOf = ({ severity }: FindingType): readonly number[] => ({ critical: [9, 10], high: [7, 8], medium: [], low: [] })[severity]

const resourceTypeOf = ({ foundIn }: FindingType): string => (foundIn === 'CLOUD_TRAIL' ? 'AccessKey' : 'EKSCluster')

function isMet(type: FindingType, field: string, condition: Condition): boolean {
  if (field === 'severity') return severitiesOf(type).some(severity => meets(condition, String(severity)))
  if (field === 'type') return meets(condition, type.type)
  return field === 'resource.resourceType' ? meets(condition, resourceTypeOf(type)) : true
}

/** Old names of operators stand beside new ones. https://docs.aws.amazon.com/guardduty/latest/APIReference/API_Condition.html */
function meets(condition: Condition, value: string): boolean {
  const { Eq, Equals = Eq, Neq, NotEquals = Neq, Matches, NotMatches } = condition
  const number = Number(value)
  const least = [condition.Gte, condition.GreaterThanOrEqual].flatMap(bound => bound ?? [])
  const above = [condition.Gt, condition.GreaterThan].flatMap(bound => bound ?? [])
  const most = [condition.Lte, condition.LessThanOrEqual].flatMap(bound => bound ?? [])
  const below = [condition.Lt, condition.LessThan].flatMap(bound => bound ?? [])
  return (
    (Equals === undefined || Equals.includes(value)) &&
    NotEquals?.includes(value) !== true &&
    (Matches === undefined || Matches.some(pattern => matches(pattern, value))) &&
    NotMatches?.some(pattern => matches(pattern, value)) !== true &&
    least.every(bound => number >= bound) &&
    above.every(bound => number > bound) &&
    most.every(bound => number <= bound) &&
    below.every(bound => number < bound)
  )
}

/** `*` is any text and `?` one character. Two pointers: in the length of both multiplied, at worst. */
function matches(pattern: string, text: string): boolean {
  let [at, star, mark] = [0, -1, 0]
  let i = 0
  while (i < text.length) {
    if (pattern[at] === '?' || (pattern[at] !== '*' && pattern[at] === text[i])) [at, i] = [at + 1, i + 1]
    else if (pattern[at] === '*') [star, mark, at] = [at, i, at + 1]
    else if (star >= 0) [at, mark, i] = [star + 1, mark + 1, mark + 1]
    else return false
  }
  while (pattern[at] === '*') at += 1
  return at === pattern.length
}
