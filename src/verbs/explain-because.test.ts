import { describe, expect, it } from 'vitest'
import { becauseJson, becauseText } from '#report/because.ts'
import { explainBecause, pointedLinks } from './explain-because.ts'

const denied = 'token for audience "pods.eks.amazonaws.com" not found - ensure tokenRequests includes this audience in CSIDriver'
const input = { files: ['src/joints/secrets-store/token-not-requested/fail-audience.yaml'] }
const style = { color: false, width: 100, version: '0.0.0' }

describe('an error text', () => {
  it('points at a link, with its cause and the checks there', () => {
    expect(pointedLinks(denied)).toMatchObject([
      {
        joint: 'secrets-store',
        link: { id: 'token' },
        cause: 'The CSIDriver requests no token for pods.eks.amazonaws.com.',
        parameters: { audience: 'pods.eks.amazonaws.com' },
        checks: [{ id: 'secrets-store/token-not-requested' }],
      },
    ])
  })
  it('with a workload also tells what its chain says there', async () => {
    const because = await explainBecause(denied, { input, target: 'deploy/api', namespace: 'shop' })
    expect(because.points[0]?.verdicts).toMatchObject([
      { id: 'token', verdict: { is: 'fail' }, check: 'secrets-store/token-not-requested' },
    ])
    expect(because.read?.explanations.map(({ chain }) => chain.joint)).toEqual(['secrets-store'])
    const text = becauseText(because, style)
    expect(text).toContain('secrets-store · link token')
    expect(text).toContain('broken at link 7 of 16')
    expect(JSON.parse(becauseJson(because, style))).toMatchObject({ known: true, points: [{ symptom: 'audience-not-requested' }] })
  })
  it('that nobody knows is said to be unknown', async () => {
    const because = await explainBecause('the disk is full', { input, target: 'deploy/api', namespace: 'shop' })
    expect(because).toEqual({ text: 'the disk is full', points: [] })
    expect(becauseText(because, style)).toMatch(/^this text is not known/)
    expect(JSON.parse(becauseJson(because, style))).toMatchObject({ known: false, points: [] })
  })
  it('cannot paint the terminal', async () => {
    const because = await explainBecause('Must use objectType when a full ARN is not specified: \u001b[31mred')
    expect(becauseText(because, style)).not.toContain('\u001b')
  })
})
