import { describe, expect, it } from 'vitest'
import type { World } from '#model/world.ts'
import { accessAllowed } from '../../../tests/blueprints/access-allowed.ts'
import { containerInsightsInstalled } from '../../../tests/blueprints/container-insights-installed.ts'
import { faultsOf, made, undone, wholeWorld } from '../../../tests/blueprints/made-world.ts'
import containerInsights from './joint.ts'
import { logsMay } from './log-group-key.ts'

const account = '111122223333'
const key = `arn:aws:kms:eu-west-1:${account}:key/5b1f0c00-0000-4000-8000-000000000001`
const root = `{ Effect: Allow, Principal: { AWS: "arn:aws:iam::${account}:root" }, Action: "kms:*", Resource: "*" }`
const cluster = (types = 'api', statement = root) => `
kind: aws/eks/Cluster
name: prod
arn: arn:aws:eks:eu-west-1:${account}:cluster/prod
version: "1.36"
identity: { oidc: { issuer: "https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE" } }
logging: { clusterLogging: [{ types: [${types}], enabled: true }, { types: [scheduler], enabled: false }] }
---
kind: aws/kms/Key
Arn: ${key}
KeyId: 5b1f0c00-0000-4000-8000-000000000001
KeyState: Enabled
KeySpec: SYMMETRIC_DEFAULT
KeyManager: CUSTOMER
Aliases: [{ AliasName: alias/logs, AliasArn: "arn:aws:kms:eu-west-1:${account}:alias/logs" }]
Grants: []
Policy: { Version: "2012-10-17", Statement: [${statement}] }
---`
const blueprint = (more = 'insights: true, retention: 90d, controlPlane: [audit, authenticator], key: alias/logs') =>
  `cluster: prod\nlogs: { ${more} }\n`
const arn = (name: string) => `arn:aws:logs:eu-west-1:${account}:log-group:${name}`
const titles = (steps: readonly { readonly title: string }[]) => steps.map(({ title }) => title)
const all = (each: World) => [...each.resources()].map(({ id, body }) => JSON.stringify([id, body])).sort()
/** Nothing runs in a planned world, and who watches the audit log is no matter of a blueprint. */
const faults = (world: World) => faultsOf(containerInsights, world).filter(text => !/audit-log|-stale|node-silent/.test(text))

describe('logs of a blueprint', () => {
  it('key, groups, role, association, add-on, agent, types, in this order; then nothing more; and taken back, nothing is left', async () => {
    const world = await wholeWorld(cluster())
    const { steps, world: then } = made(world, blueprint(), 'container-insights')
    expect(titles(steps)).toEqual([
      'let CloudWatch Logs use key 5b1f0c00-0000-4000-8000-000000000001',
      'make log group /aws/containerinsights/prod/application',
      'make log group /aws/containerinsights/prod/dataplane',
      'make log group /aws/containerinsights/prod/host',
      'make log group /aws/containerinsights/prod/performance',
      'make log group /aws/eks/prod/cluster',
      'create role prod-amazon-cloudwatch-cloudwatch-agent',
      'give amazon-cloudwatch/cloudwatch-agent the role prod-amazon-cloudwatch-cloudwatch-agent',
      'install add-on amazon-cloudwatch-observability',
      'install add-on eks-pod-identity-agent',
      'keep the audit, authenticator logs of the control plane',
    ])
    expect(made(then, blueprint(), 'container-insights').steps).toEqual([])
    expect(all(undone(then, steps))).toEqual(all(world))
    expect(then.seen('aws/eks/Cluster')[0]?.body.logging?.clusterLogging?.[0]?.types).toEqual(['api', 'audit', 'authenticator'])
  })

  it('what is made lets CloudWatch Logs encrypt these groups and no others, and the shippers write those of this cluster alone', async () => {
    const { world } = made(await wholeWorld(cluster()), blueprint(), 'container-insights')
    const found = world.find('aws/kms/Key', key)
    const group = (name: string) => ({ body: { arn: `${arn(name)}:*`, logGroupName: name } }) as never
    if (found === undefined) throw new Error('there is no key')
    for (const name of ['/aws/eks/prod/cluster', '/aws/containerinsights/prod/host'])
      expect(logsMay(found, group(name), 'kms:Decrypt').answer).toBe('allow')
    for (const name of ['/aws/eks/other/cluster', '/aws/containerinsights/other/host'])
      expect(logsMay(found, group(name), 'kms:Decrypt').answer).toBe('implicitDeny')
    const may = (action: string, resource: string) => accessAllowed(world, 'amazon-cloudwatch/cloudwatch-agent', action, resource)
    expect(may('logs:PutLogEvents', `${arn('/aws/containerinsights/prod/performance')}:log-stream:n`)).toBe('allow')
    expect(may('logs:PutLogEvents', `${arn('/aws/containerinsights/other/performance')}:log-stream:n`)).toBe('implicitDeny')
    expect(may('logs:GetLogEvents', `${arn('/aws/containerinsights/prod/performance')}:log-stream:n`)).toBe('implicitDeny')
    expect(may('cloudwatch:PutMetricData', '*')).toBe('implicitDeny')
  })

  it('the joint finds nothing wrong where its shippers run', async () => {
    const running = containerInsightsInstalled.map(object => `\n${JSON.stringify(object)}\n---`).join('')
    const before = await wholeWorld(cluster() + running)
    const { steps, world } = made(before, blueprint(), 'container-insights')
    expect(titles(steps)).not.toContain('install add-on amazon-cloudwatch-observability')
    expect(faults(world)).toEqual([])
  })

  it('a group of somebody is kept for as long as declared, and says what is lost; types that are not named stay on', async () => {
    const theirs = `\nkind: aws/logs/LogGroup\narn: "${arn('/aws/eks/prod/cluster')}:*"\nlogGroupName: /aws/eks/prod/cluster\nretentionInDays: 365\n---`
    const { steps } = made(
      await wholeWorld(cluster('audit, api') + theirs),
      blueprint('retention: 90d, controlPlane: [audit]'),
      'container-insights',
    )
    expect(titles(steps)).toEqual(['keep the events of /aws/eks/prod/cluster for 90 days'])
    expect(steps[0]?.change.risk).toBe(
      'The group may be somebody else’s. Events that are older than 90 days are deleted within days, and undoing this does not bring them back.',
    )
  })

  it('a key whose policy denies CloudWatch Logs is for its administrator', async () => {
    const world = await wholeWorld(
      cluster('api', `${root}, { Effect: Deny, Principal: "*", Action: "kms:GenerateDataKey*", Resource: "*" }`),
    )
    expect(() => made(world, blueprint(), 'container-insights')).toThrow('denies CloudWatch Logs what it needs')
  })
})
