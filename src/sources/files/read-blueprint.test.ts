import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { UserError } from '#base/errors.ts'
import { parseBlueprint } from './read-blueprint.ts'

const isBlueprint = new Ajv2020().compile(JSON.parse(readFileSync('docs/schemas/blueprint.schema.json', 'utf8')) as object)

const whole = `cluster: prod
workloads:
  payments/reader:
    pods: { app: reader }
    identity: pod-identity
    reads: [secret/payments/db, s3/reports/2026/*, parameter/shop/url]
    mounts: { payments/db: /var/run/secrets/db }
    network:
      from: [shop/web:8080]
      to: [rds/orders:5432, 10.0.0.0/16:53/udp, "[fd00::/64]:443", aws/sts:443, internet:443]
      securityGroup: own
  shop/web: {}
storage: { class: encrypted, key: alias/ebs, default: true, accountDefault: true }
logs: { insights: true, retention: 90d, controlPlane: [audit, authenticator], key: alias/logs }
detection: { guardduty: [audit-logs, runtime] }
nodes: { imds: { hopLimit: 1, tokens: required } }
access:
  arn:aws:iam::111122223333:role/viewers:
    groups: [viewers]
    policies: { AmazonEKSViewPolicy: [shop], AmazonEKSAdminViewPolicy: cluster }
`

test('says what shall hold, and where each part of it stands', () => {
  expect(isBlueprint(parse(whole)), JSON.stringify(isBlueprint.errors)).toBe(true)
  const where = (line: number, column: number): string => `mortise.yaml:${line}:${column}`
  expect(parseBlueprint(whole, 'mortise.yaml')).toEqual({
    cluster: 'prod',
    workloads: [
      {
        namespace: 'payments',
        serviceAccount: 'reader',
        pods: { app: 'reader' },
        identity: 'pod-identity',
        where: where(3, 3),
        reads: [
          { is: 'secret', name: 'payments/db', where: where(6, 13) },
          { is: 's3', bucket: 'reports', keys: '2026/*', where: where(6, 33) },
          { is: 'parameter', name: 'shop/url', where: where(6, 52) },
        ],
        mounts: [{ secret: 'payments/db', folder: '/var/run/secrets/db', where: where(7, 15) }],
        network: {
          from: [{ peer: { is: 'workload', namespace: 'shop', serviceAccount: 'web' }, protocol: 'TCP', port: 8080, where: where(9, 14) }],
          to: [
            { peer: { is: 'rds', name: 'orders' }, protocol: 'TCP', port: 5432, where: where(10, 12) },
            { peer: { is: 'block', cidr: '10.0.0.0/16' }, protocol: 'UDP', port: 53, where: where(10, 29) },
            { peer: { is: 'block', cidr: 'fd00::/64' }, protocol: 'TCP', port: 443, where: where(10, 49) },
            { peer: { is: 'aws', service: 'sts' }, protocol: 'TCP', port: 443, where: where(10, 68) },
            { peer: { is: 'internet' }, protocol: 'TCP', port: 443, where: where(10, 81) },
          ],
          securityGroup: { id: 'own', where: where(11, 7) },
          where: where(8, 5),
        },
      },
      { namespace: 'shop', serviceAccount: 'web', where: where(12, 3), reads: [], mounts: [] },
    ],
    storage: { class: 'encrypted', key: 'alias/ebs', isDefault: true, accountDefault: true, where: where(13, 1) },
    logs: { insights: true, retentionDays: 90, controlPlane: ['audit', 'authenticator'], key: 'alias/logs', where: where(14, 1) },
    detection: { guardduty: ['audit-logs', 'runtime'], where: where(15, 1) },
    nodes: { imds: { hopLimit: 1, tokens: 'required' }, where: where(16, 1) },
    access: [
      {
        principalArn: 'arn:aws:iam::111122223333:role/viewers',
        groups: ['viewers'],
        policies: [
          { name: 'AmazonEKSViewPolicy', namespaces: ['shop'] },
          { name: 'AmazonEKSAdminViewPolicy', namespaces: [] },
        ],
        where: where(18, 3),
      },
    ],
  })
})

test.each([
  ['', 'a blueprint must be a map', 'b:1:1'],
  ['cluster: prod\nstorage: {}', 'class is missing', 'b:2:10'],
  ['cluster: prod\nstorage: { class: "" }', 'class is empty', 'b:2:19'],
  ['cluster: prod\nlogs: { retention: 91d }', 'retention is 1d, 3d', 'b:2:20'],
  ['cluster: prod\nnodes: { imds: { hopLimit: 0, tokens: required } }', 'hopLimit is at least 1', 'b:2:28'],
  ['cluster: prod\naccess: { admins: {} }', 'admins is no ARN', 'b:2:11'],
  ['cluster: prod\naccess:\n  arn:aws:iam::1:role/a: { policies: { View: all } }', 'View is cluster, or a list', 'b:3:46'],
  ['cluster: prod\nworkloads:\n  a/b: { network: { to: [shop:80] } }', 'shop:80 is no flow', 'b:3:26'],
  ['cluster: prod\nworkloads:\n  a/b: { network: { to: [c/d:70000] } }', '70000 is no port', 'b:3:26'],
  ['workloads: {}', 'cluster is missing', 'b:1:1'],
  ['cluster: 3\nworkloads: {}', 'cluster must be a text', 'b:1:10'],
  ['cluster: prod\nworklods: {}', 'a blueprint has no worklods', 'b:2:1'],
  ['cluster: prod\nworkloads:\n  reader: {}', 'reader names no service account', 'b:3:3'],
  ['cluster: prod\nworkloads:\n  a/b: { identity: pod }', 'identity is pod-identity or irsa, not pod', 'b:3:20'],
  ['cluster: prod\nworkloads:\n  a/b: { raeds: [] }', 'a/b has no raeds', 'b:3:10'],
  ['cluster: prod\nworkloads:\n  a/b: { reads: secret/x }', 'reads must be a list', 'b:3:17'],
  ['cluster: prod\nworkloads:\n  a/b: { reads: [rds/x] }', 'rds/x is nothing that can be read', 'b:3:18'],
  ['cluster: prod\nworkloads:\n  a/b: { reads: [s3/x] }', 's3/x is nothing that can be read', 'b:3:18'],
  ['cluster: [', 'Flow sequence in block', 'b:1:11'],
])('%j is refused where it is wrong', (text, message, where) => {
  const refused = (): unknown => {
    try {
      return parseBlueprint(text, 'b')
    } catch (error) {
      return error
    }
  }
  const error = refused()
  expect(error).toBeInstanceOf(UserError)
  expect(error).toMatchObject({ code: 'BAD_BLUEPRINT', message: expect.stringContaining(message) as string, where })
})
