import { describe, expect, it } from 'vitest'
import { parseObjects } from './objects.ts'

const arn = (service: string, name: string, region = 'eu-west-1') => `arn:aws:${service}:${region}:111122223333:${name}`
const parse = (objects: string, parameters: Readonly<Record<string, string>> = {}) =>
  parseObjects({ metadata: { name: 'c', namespace: 'n' }, spec: { provider: 'aws', parameters: { objects, ...parameters } } }, 'eu-west-1')

describe('objects of a SecretProviderClass', () => {
  it('are secrets and parameters, by name or by ARN', () => {
    const { objects, faults } = parse(`
- objectName: db
  objectType: secretsmanager
  objectAlias: database
- objectName: /shop/rates
  objecttype: ssmparameter
  objectVersion: 3
- objectName: ${arn('secretsmanager', 'secret:key-AbCdEf')}
- objectName: ${arn('ssm', 'parameter/shop/level')}
`)
    expect(faults).toEqual([])
    expect(objects.map(({ objectName, type, objectVersion, index }) => [objectName, type, objectVersion, index])).toEqual([
      ['db', 'secretsmanager', undefined, 0],
      ['/shop/rates', 'ssmparameter', '3', 1],
      [arn('secretsmanager', 'secret:key-AbCdEf'), 'secretsmanager', undefined, 2],
      [arn('ssm', 'parameter/shop/level'), 'ssmparameter', undefined, 3],
    ])
  })
  it('may be others in the failover region', () => {
    const failover = `- {objectName: db, objectType: secretsmanager, objectAlias: a, failoverObject: {objectName: ${arn('secretsmanager', 'secret:db2-AbCdEf', 'eu-north-1')}}}`
    expect(parse(failover, { failoverRegion: 'eu-north-1' })).toMatchObject({
      failoverRegion: 'eu-north-1',
      faults: [],
      objects: [{ failoverName: arn('secretsmanager', 'secret:db2-AbCdEf', 'eu-north-1') }],
    })
    expect(parse(failover).faults[0]?.message).toContain('there is no failoverRegion')
    expect(parse(failover, { failoverRegion: 'eu-west-1' }).faults[0]?.message).toBe('the failover region is the primary region')
  })
  it.each([
    ['- objectName: db', 'has no objectType'],
    ['- objectType: secretsmanager', 'no objectName'],
    ['- {objectName: db, objectType: ssm}', 'no objectType'],
    [`- objectName: ${arn('s3', 'x')}`, 'of service s3'],
    [`- {objectName: ${arn('ssm', 'parameter/x')}, objectType: secretsmanager}`, 'is no secretsmanager'],
    [`- objectName: ${arn('ssm', 'parameter/x', 'us-east-1')}`, 'not of region eu-west-1'],
    ['- objectName: "arn:aws"', 'is no ARN'],
    ['- {objectName: p, objectType: ssmparameter, objectVersion: 1, objectVersionLabel: x}', 'takes one of them'],
    ['- {objectName: p, objectType: secretsmanager, failoverObject: {objectName: q}}', 'no objectAlias'],
    ['- {objectName: db, objectType: secretsmanager}\n- {objectName: db, objectType: secretsmanager}', 'named twice'],
    ['-', 'empty'],
    ['- x', 'no map'],
    ['objectName: db', 'no YAML list'],
    ['- {', 'no YAML: '],
  ])('%j is refused', (objects, says) => {
    expect(parse(objects).faults[0]?.message).toContain(says)
  })
})
