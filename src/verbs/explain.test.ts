import { readFileSync } from 'node:fs'
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

describe('what a component said before a fix', () => {
  const denied = readFileSync('src/joints/secrets-store/store-read-denied/fail.yaml', 'utf8')
  const api = `
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: api, namespace: shop }
spec:
  template:
    spec: { containers: [{ name: api, image: a, envFrom: [{ secretRef: { name: db } }] }] }
`
  const failed = `
status:
  conditions: [{ type: Ready, status: "False", reason: SecretSyncedError, message: could not get secret data from provider }]
---
`
  const explained = async (text: string) => {
    const { explanations } = await explain({ files: [], texts: [{ name: 'world.yaml', text }] }, 'deploy/api', 'shop')
    return explanations.find(({ chain }) => chain.joint === 'secrets-store')
  }

  it('is no break that comes after it', async () => {
    const text = denied.replace('        property: password\n---\n', `        property: password${failed}`) + api
    expect(text).toContain('SecretSyncedError')
    const told = await explained(text)
    expect(told?.finding?.check.id).toBe('secrets-store/store-read-denied')
    expect(told?.next).toEqual([])
  })
  it('is the break where nothing else is', async () => {
    const allowed = denied.replace('secret:shop/db\n', 'secret:shop/db-??????\n')
    const told = await explained(allowed.replace('        property: password\n---\n', `        property: password${failed}`) + api)
    expect(told?.finding?.check.id).toBe('secrets-store/external-secret-not-synced')
  })
})
