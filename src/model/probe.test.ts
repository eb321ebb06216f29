import { describe, expect, it } from 'vitest'
import { judged, type Expectation, type Observation, type Prediction } from './probe.ts'

const yes: Prediction = { is: 'yes', because: 'all links hold', at: [] }
const no: Prediction = { is: 'no', because: 'the role does not trust it', at: [], link: 'trust' }
const open: Prediction = { is: 'unknown', fact: { kind: 'aws/iam/Role', reason: 'access was denied' } }
const unseen: Observation = { is: 'not-observed', why: 'no pod ran' }
const seen = (is: 'yes' | 'no', points?: string): Observation => ({ is, text: 'seen', ...(points === undefined ? {} : { points }) })

const stateOf = (predicted: Prediction, isMust: boolean, observed: Observation) => {
  const expectation: Expectation = { id: 'x', says: 'x', isMust, predicted }
  return judged(expectation, observed).state
}

describe('what a prediction and an observation make together', () => {
  it.each([
    [yes, true, seen('yes'), 'right'],
    [yes, true, seen('no'), 'differs'],
    [no, true, seen('no'), 'broken'],
    [no, true, seen('yes'), 'differs'],
    [open, true, seen('yes'), 'not-predicted'],
    [open, true, seen('no'), 'broken'],
    // A flow that policies close is right where they were meant to.
    [no, false, seen('no'), 'right'],
    [open, false, seen('no'), 'not-predicted'],
    [yes, true, unseen, 'not-observed'],
    [open, false, unseen, 'not-observed'],
    // Broken twice, but each time elsewhere.
    [no, true, seen('no', 'trust'), 'broken'],
    [no, true, seen('no', 'token'), 'differs'],
  ] as const)('%o must %s, %o: %s', (predicted, isMust, observed, state) => {
    expect(stateOf(predicted, isMust, observed)).toBe(state)
  })
})
