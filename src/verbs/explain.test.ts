import { describe, expect, it } from 'vitest'
import { explanationJson, explanationText } from '#report/explanation.ts'
import { explain } from './explain.ts'
import { explainBecause } from './explain-because.ts'
import { scan } from './scan.ts'

/** A role that refuses the pods, and so the provider that asks AWS in their name. */
const input = { files: ['src/joints/secrets-store/role-refuses-provider/fail-as-the-pods.yaml'] }
const style = { color: false, width: 100, version: '0.0.0' }

describe('a break that the chain of another joint tells', () => {
  it('is one finding, and both chains are broken', async () => {
    const { outcome } = await scan(input)
    const broken = outcome.chains.filter(({ state }) => state === 'broken').map(({ joint }) => joint)
    expect(broken).toEqual(['irsa', 'secrets-store'])
    const ids = outcome.findings.map(({ check }) => check.id)
    expect(ids).toContain('irsa/trust-does-not-match')
    expect(ids).not.toContain('secrets-store/role-refuses-provider')
  })
  it('is a finding of its own where the other joint is not asked', async () => {
    const { outcome } = await scan(input, { joints: ['secrets-store'] })
    expect(outcome.findings.map(({ check }) => check.id)).toEqual(['secrets-store/role-refuses-provider'])
  })
  it('is drawn, and points at the finding', async () => {
    const explained = await explain(input, 'deploy/api', 'shop')
    const mount = explained.explanations.find(({ chain }) => chain.joint === 'secrets-store')
    expect(mount).toMatchObject({ toldBy: 'irsa/trust', next: [] })
    expect(mount?.finding).toBeUndefined()
    expect(mount?.chain.links.find(({ id }) => id === 'identity')?.verdict.is).toBe('fail')
    const text = explanationText(explained, style)
    expect(text).toMatch(/secrets-store · broken at link 6 of 16[^]*the same as irsa\/trust, which has the finding/)
    expect(JSON.parse(explanationJson(explained, style))).toMatchObject({ chains: [{ joint: 'irsa' }, { toldBy: 'irsa/trust' }] })
  })
  it('is explained with the chain that tells it when an event text points at the mount', async () => {
    const text = 'An IAM role must be associated with service account api (namespace: shop)'
    const because = await explainBecause(text, { input, target: 'deploy/api', namespace: 'shop' })
    expect(because.read?.explanations.map(({ chain }) => chain.joint)).toEqual(['irsa', 'secrets-store'])
  })
})

describe('what a chain runs through', () => {
  it('is drawn with the chain that is nobody’s own: the agent with that of its cluster', async () => {
    const agent = { files: ['src/joints/guardduty/agent-not-ready/fail.yaml'] }
    const { explanations } = await explain(agent, 'ds/aws-guardduty-agent', 'amazon-guardduty')
    expect(explanations.map(({ chain }) => chain.joint)).toContain('guardduty')
  })
})
