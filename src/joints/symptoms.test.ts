import { describe, expect, it } from 'vitest'
import { pointedPart } from './pointed-part.ts'
import { jointSymptoms, recognised } from './symptoms.ts'

describe('symptoms', () => {
  it.each(jointSymptoms.flatMap(({ joint, symptoms }) => symptoms.map(symptom => ({ joint, symptom }))))(
    '$joint $symptom.id points at a link that there is',
    ({ joint, symptom }) => {
      expect(pointedPart(`${joint}/${symptom.link}`).checks.length).toBeGreaterThan(0)
      if (symptom.also !== undefined) expect(pointedPart(symptom.also).checks.length).toBeGreaterThan(0)
    },
  )
  it('of a joint are in one place', () => {
    expect(new Set(jointSymptoms.map(({ joint }) => joint)).size).toBe(jointSymptoms.length)
  })
  it('that hide their cause come after those that tell it', () => {
    expect(recognised('nothing of ours')).toEqual([])
    const [first] = recognised('Failed to fetch secret from all regions. Verify secret exists and required permissions are granted for: a')
    expect(first?.symptom.hidden).toMatch(/log of the provider/)
  })
})
