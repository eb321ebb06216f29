import { describe, expect, it } from 'vitest'
import { pointedPart } from './pointed-part.ts'
import { jointSymptoms } from './symptoms.ts'
import { questionsOf, trees, treeOf } from './trees.ts'

const symptoms = jointSymptoms.flatMap(({ joint, symptoms: own }) => own.map(symptom => ({ joint, symptom })))
const names = new Set(symptoms.flatMap(({ joint, symptom: { id, link } }) => [`${joint}/${id}`, `${joint}/${link}`]))

describe('trees', () => {
  it.each(trees)(
    '$id asks for links and checks that there are, each once, and is opened by symptoms that there are',
    ({ questions, opens }) => {
      for (const { asks } of questions) expect(pointedPart(asks).checks.length, asks).toBeGreaterThan(0)
      expect(new Set(questions.map(({ asks }) => asks)).size).toBe(questions.length)
      expect(opens.filter(name => !names.has(name))).toEqual([])
    },
  )
  it('open by one name each', () => {
    const opens = trees.flatMap(tree => tree.opens)
    expect(opens.filter((name, index) => opens.indexOf(name) !== index)).toEqual([])
  })
  it.each(symptoms)('$joint $symptom.id asks its own link', found => {
    expect(questionsOf({ ...found }).map(({ asks }) => asks)).toContain(`${found.joint}/${found.symptom.link}`)
  })
  it('keep their order for a symptom of theirs, and ask the link of an exact text first', () => {
    const of = (joint: string, id: string) => {
      const found = symptoms.find(each => each.joint === joint && each.symptom.id === id)
      if (found === undefined) throw new Error(`${joint} knows no ${id}`)
      return { tree: treeOf(found)?.id, first: questionsOf(found)[0]?.asks }
    }
    expect(of('secrets-store', 'no-region-answered')).toEqual({ tree: 'secret-mount', first: 'secrets-store/class' })
    expect(of('pod-identity', 'node-may-not-ask')).toEqual({ tree: 'agent-refuses', first: 'pod-identity/node-role' })
  })
})
