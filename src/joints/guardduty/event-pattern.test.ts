import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { matchPattern } from './event-pattern.ts'

const event = {
  source: 'aws.guardduty',
  'detail-type': 'GuardDuty Finding',
  region: 'eu-west-1',
  detail: { severity: 8, type: 'Execution:Runtime/ReverseShell', accountId: undefined },
}
const matched = (pattern: unknown) => matchPattern(JSON.stringify(pattern), event)

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html */
describe('a pattern of EventBridge', () => {
  it.each([
    [{ source: ['aws.guardduty'] }, 'yes'],
    [{ source: ['aws.inspector2', 'aws.guardduty'] }, 'yes'],
    [{ source: ['aws.inspector2'] }, 'no'],
    [{ source: [{ prefix: 'aws.' }] }, 'yes'],
    [{ source: [{ prefix: { 'equals-ignore-case': 'AWS.' } }] }, 'yes'],
    [{ source: [{ suffix: 'duty' }] }, 'yes'],
    [{ source: [{ 'anything-but': 'aws.guardduty' }] }, 'no'],
    [{ source: [{ 'anything-but': ['aws.s3', 'aws.ec2'] }] }, 'yes'],
    [{ source: [{ 'anything-but': { prefix: 'aws.' } }] }, 'no'],
    [{ source: [{ 'equals-ignore-case': 'AWS.GuardDuty' }] }, 'yes'],
    [{ source: [{ exists: true }] }, 'yes'],
    [{ source: [{ exists: false }] }, 'no'],
    [{ 'detail-type': [{ wildcard: 'GuardDuty*' }] }, 'yes'],
    [{ 'detail-type': [{ wildcard: '*Runtime*' }] }, 'no'],
    [{ detail: { type: [{ wildcard: '*:Runtime/*Shell' }] } }, 'yes'],
    [{ detail: { severity: [{ numeric: ['>=', 7] }] } }, 'yes'],
    [{ detail: { severity: [{ numeric: ['>', 0, '<', 4] }] } }, 'no'],
    [{ detail: { severity: [8] } }, 'yes'],
    [{ detail: { severity: ['8'] } }, 'no'],
    [{ $or: [{ source: ['aws.s3'] }, { detail: { severity: [{ numeric: ['>', 5] }] } }] }, 'yes'],
    [{ source: ['aws.guardduty'], region: ['us-east-1'] }, 'no'],
  ] as const)('%j: %s', (pattern, expected) => expect(matched(pattern)).toBe(expected))
  it('may match where it looks at what is not known of the event', () => {
    expect(matched({ source: ['aws.guardduty'], detail: { accountId: ['111122223333'] } })).toBe('maybe')
    expect(matched({ source: ['aws.guardduty'], detail: { resource: { resourceType: ['EKSCluster'] } } })).toBe('maybe')
    expect(matched({ source: ['aws.s3'], detail: { accountId: ['111122223333'] } })).toBe('no')
  })
  it('that no EventBridge knows may match, and one that is no JSON matches nothing', () => {
    expect(matched({ source: [{ cidr: '10.0.0.0/8' }] })).toBe('maybe')
    expect(matchPattern('{"source":', event)).toBe('no')
    expect(matchPattern('[]', event)).toBe('no')
  })
  it('never throws, whatever stands in it', () => {
    fc.assert(fc.property(fc.json(), text => void expect(['yes', 'no', 'maybe']).toContain(matchPattern(text, event))))
  })
  it('lists are of alternatives: one more never takes a match away', () => {
    const value = fc.oneof(fc.constant('aws.guardduty'), fc.string(), fc.record({ prefix: fc.string() }))
    fc.assert(
      fc.property(fc.array(value), value, (list, more) => {
        if (matched({ source: list }) === 'yes') expect(matched({ source: [...list, more] })).toBe('yes')
      }),
    )
  })
})
