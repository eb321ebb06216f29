import { describe, expect, it } from 'vitest'
import { Resource } from '#model/resource.ts'
import { hiddenTypes } from './suppression.ts'

const scope = { account: '111122223333', region: 'eu-west-1' }
const Arn = 'arn:aws:guardduty:eu-west-1:111122223333:detector/d/filter/f'
const nowhere = { locate: () => ({ in: 'api' as const, call: '', path: '', excerpt: '' }) }

function hidden(Criterion: Readonly<Record<string, unknown>>, Action = 'ARCHIVE'): readonly string[] {
  const body = { Arn, DetectorId: 'd', Name: 'f', Action, FindingCriteria: { Criterion } }
  return hiddenTypes(new Resource('aws/guardduty/Filter', Arn, scope, body as never, nowhere)).map(({ type }) => type)
}

const shell = 'Execution:Runtime/ReverseShell'

/** https://docs.aws.amazon.com/guardduty/latest/APIReference/API_Condition.html */
describe('a suppression rule', () => {
  it.each([
    ['by an old operator', { type: { Eq: [shell] } }],
    ['by a new operator', { type: { Equals: [shell] } }],
    ['by a star', { type: { Matches: ['Execution:Runtime/Rev*'] } }],
    ['by a severity', { severity: { Gte: 8 }, type: { Eq: [shell] } }],
    ['of a cluster', { type: { Eq: [shell] }, 'resource.eksClusterDetails.name': { Eq: ['prod'] } }],
    ['of a resource type', { type: { Eq: [shell] }, 'resource.resourceType': { Eq: ['EKSCluster'] } }],
  ])('hides a type %s', (_, criterion) => expect(hidden(criterion)).toEqual([shell]))
  it.each([
    ['low ones', { severity: { Lt: 4 } }],
    ['an address', { type: { Eq: [shell] }, 'service.action.networkConnectionAction.remoteIpDetails.ipAddressV4': { Eq: ['192.0.2.1'] } }],
    ['a type of S3', { type: { Eq: ['Policy:S3/BucketPublicAccessGranted'] } }],
    ['a type that GuardDuty no longer makes', { type: { Eq: ['PrivilegeEscalation:Kubernetes/PrivilegedContainer'] } }],
    ['everything but clusters', { 'resource.resourceType': { Eq: ['S3Bucket'] } }],
  ])('that is for %s hides nothing here', (_, criterion) => expect(hidden(criterion)).toEqual([]))
  it('without criteria hides everything severe, and an excluded type stays', () => {
    const all = hidden({})
    expect(all).toContain('AttackSequence:EKS/CompromisedCluster')
    expect(hidden({ type: { Neq: [shell] } })).toEqual(all.filter(type => type !== shell))
    expect(hidden({ type: { NotMatches: ['*:Runtime/*'] } }).some(type => type.includes(':Runtime/'))).toBe(false)
  })
  it('that archives nothing hides nothing', () => expect(hidden({}, 'NOOP')).toEqual([]))
})
