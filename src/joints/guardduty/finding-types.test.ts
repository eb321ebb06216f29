import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { findingType, findingTypes } from './finding-types.ts'

/** The joints of the design, folders or not yet. */
const planned = ['ebs-encryption', 'container-insights']
const folders = readdirSync(fileURLToPath(new URL('..', import.meta.url)), { withFileTypes: true }).flatMap(entry =>
  entry.isDirectory() ? entry.name : [],
)

describe('finding types', () => {
  it.each(findingTypes)('$type cites a page of the GuardDuty guide and names joints that exist', ({ type, source, joints }) => {
    expect(type).toMatch(/^[A-Z][A-Za-z]+:(Kubernetes|Runtime|IAMUser|EKS)\/[A-Za-z]+/)
    expect(source).toMatch(/^https:\/\/docs\.aws\.amazon\.com\/guardduty\/latest\/ug\/[\w-]+\.html$/)
    expect(joints.length).toBeGreaterThan(0)
    for (const joint of joints) expect([...folders, ...planned]).toContain(joint)
  })
  it('are each there once', () => {
    expect(new Set(findingTypes.map(({ type }) => type)).size).toBe(findingTypes.length)
  })
  // https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_finding-types-retired.html
  it('that were retired say what took their place, which is there', () => {
    const retired = findingTypes.filter(each => each.replacedBy !== undefined)
    expect(retired.map(({ type }) => type)).toEqual([
      'PrivilegeEscalation:Kubernetes/PrivilegedContainer',
      'Persistence:Kubernetes/ContainerWithSensitiveMount',
    ])
    for (const { replacedBy } of retired) for (const type of replacedBy ?? []) expect(findingType(type)?.replacedBy).toBeUndefined()
    for (const { replacedBy } of retired) for (const type of replacedBy ?? []) expect(findingType(type)).toBeDefined()
  })
  it('are found by name alone', () => {
    expect(findingType('Execution:Runtime/ReverseShell')?.joints[0]).toBe('network-policy')
    expect(findingType('execution:runtime/reverseshell')).toBeUndefined()
  })
})
