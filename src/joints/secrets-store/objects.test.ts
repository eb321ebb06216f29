import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { mountedFiles } from './mounted-files.ts'
import { parseObjects } from './objects.ts'

const arn = (service: string, name: string, region = 'eu-west-1') => `arn:aws:${service}:${region}:111122223333:${name}`
const parse = (objects: string, parameters: Readonly<Record<string, string>> = {}, attributes: Readonly<Record<string, string>> = {}) =>
  parseObjects(
    { metadata: { name: 'c', namespace: 'n' }, spec: { provider: 'aws', parameters: { objects, ...parameters } } },
    'eu-west-1',
    attributes,
  )

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
    const failover = `- {objectName: db, objectType: secretsmanager, objectAlias: a, failoverObject: {objectName: db2, objectVersionLabel: x}}`
    expect(parse(failover, { failoverRegion: 'eu-north-1' })).toMatchObject({
      failoverRegion: 'eu-north-1',
      faults: [],
      objects: [{ failoverName: 'db2', failover: { objectName: 'db2', objectVersion: undefined, objectVersionLabel: 'x' } }],
    })
  })
  it('are none where nothing is named: the provider then mounts nothing', () => {
    expect(parse('')).toMatchObject({ objects: [], faults: [] })
    expect(parse('[]')).toMatchObject({ objects: [], faults: [] })
  })
  it('take the attributes of the volume before the parameters of the class: nodeserver.go copies them over', () => {
    const { usePodIdentity, region, failoverRegion } = parse(
      '',
      { region: 'eu-west-2', usePodIdentity: 'false' },
      { region: 'eu-west-3', usePodIdentity: 'T' },
    )
    expect({ usePodIdentity, region, failoverRegion }).toEqual({ usePodIdentity: true, region: 'eu-west-3', failoverRegion: undefined })
  })
})

/** The messages are those of the provider's source: secret_descriptor.go, server.go. */
describe('what the provider refuses', () => {
  const db = 'objectName: db, objectType: secretsmanager'
  it.each([
    ['- objectName: db', 'Must use objectType when a full ARN is not specified: db', [0, 'objectName']],
    ['- objectType: secretsmanager', 'Object name must be specified', [0]],
    ['- {objectName: db, objectType: ssm}', 'Invalid objectType: ssm', [0, 'objectType']],
    [`- objectName: ${arn('s3', 'x')}`, 'Invalid service in ARN: s3', [0, 'objectName']],
    [
      `- {objectName: ${arn('ssm', 'parameter/x')}, objectType: secretsmanager}`,
      `objectType does not match ARN: ${arn('ssm', 'parameter/x')}`,
      [0, 'objectType'],
    ],
    [
      `- objectName: ${arn('ssm', 'parameter/x', 'us-east-1')}`,
      `ARN region must match region eu-west-1: ${arn('ssm', 'parameter/x', 'us-east-1')}`,
      [0, 'objectName'],
    ],
    ['- objectName: "arn:aws"', 'Invalid ARN format in object name: arn:aws', [0, 'objectName']],
    [
      '- {objectName: p, objectType: ssmparameter, objectVersion: 1, objectVersionLabel: x}',
      'ssm parameters can not specify both objectVersion and objectVersionLabel: p',
      [0, 'objectVersionLabel'],
    ],
    [`- {${db}, filePermission: "0900"}`, 'Invalid File Permission: 0900', [0, 'filePermission']],
    [`- {${db}, filePermission: 0644}`, 'Invalid File Permission: 420', [0, 'filePermission']],
    [`- {${db}, jmesPath: [{objectAlias: a}]}`, 'Path must be specified for JMES object', [0, 'jmesPath', 0]],
    [`- {${db}, jmesPath: [{path: a}]}`, 'Object alias must be specified for JMES object', [0, 'jmesPath', 0]],
    [
      `- {${db}, jmesPath: [{path: a, objectAlias: b, filePermission: "8"}]}`,
      'Invalid File Permission: 8',
      [0, 'jmesPath', 0, 'filePermission'],
    ],
    [
      `- {${db}, failoverObject: {objectName: q}}`,
      'object alias must be specified for objects with failover entries: db',
      [0, 'failoverObject'],
    ],
    [
      `- {${db}, objectAlias: a, failoverObject: {objectName: q}}`,
      'failover object allowed only when failover region is defined: db',
      [0, 'failoverObject'],
    ],
    [`- {${db}}\n- {${db}}`, 'found descriptor with duplicate object name db, no object alias, and no version label', [1, 'objectName']],
    [
      `- {${db}, objectAlias: a}\n- {${db}, objectAlias: a}`,
      'found descriptor with duplicate object name db, duplicate object alias a, and no version label',
      [1, 'objectName'],
    ],
    [
      `- {${db}, objectVersionLabel: l}\n- {${db}, objectVersionLabel: l}`,
      'found descriptor with duplicate object name db, no object alias, and duplicate version label l',
      [1, 'objectName'],
    ],
    [
      `- {${db}, objectAlias: a}\n- {objectName: e, objectType: secretsmanager, objectAlias: a}`,
      'found duplicate object alias a',
      [1, 'objectAlias'],
    ],
    [
      `- {${db}, objectAlias: a, jmesPath: [{path: p, objectAlias: a}]}`,
      'Name already in use for objectAlias: found duplicate object alias a in JMES path entry p',
      [0, 'jmesPath', 0, 'objectAlias'],
    ],
    ['-', 'Empty descriptor entry in SecretProviderClass', [0]],
    [
      '- x',
      'Failed to load SecretProviderClass: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal string into Go value of type provider.SecretDescriptor',
      [0],
    ],
    [
      'objectName: db',
      'Failed to load SecretProviderClass: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal object into Go value of type []*provider.SecretDescriptor',
      [],
    ],
    [
      '- objectName: [db]',
      'Failed to load SecretProviderClass: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into Go struct field .objectName of type string',
      [0, 'objectName'],
    ],
  ])('%j: %s', (objects, message, inner) => {
    expect(parse(objects).faults[0]).toMatchObject({ message, inner, path: ['spec', 'parameters', 'objects'] })
  })
  it('is a text that is no YAML', () => {
    expect(parse('- {').faults[0]?.message).toMatch(/^Failed to load SecretProviderClass: error converting YAML to JSON: yaml: /)
    expect(parse('- objectName: a\n\tobjectType: b').faults[0]?.message).toMatch(/^Failed to load SecretProviderClass: /)
  })
  it('is a way up only where slashes stay', () => {
    const up = `- {objectName: ../x, objectType: secretsmanager}`
    expect(parse(up).faults).toEqual([])
    expect(parse(up, { pathTranslation: 'False' }).faults[0]?.message).toBe('path can not contain ../: ../x')
  })
  it.each([
    [{ failoverRegion: 'eu-west-1' }, 'eu-west-1: failover region cannot be the same as the primary region', 'failoverRegion'],
    [
      { usePodIdentity: 'yes' },
      'failed to parse usePodIdentity value, error: strconv.ParseBool: parsing "yes": invalid syntax',
      'usePodIdentity',
    ],
    [{ pathTranslation: '__' }, "pathTranslation must be either 'False' or a single character string", 'pathTranslation'],
    [{ pathTranslation: 'é' }, "pathTranslation must be either 'False' or a single character string", 'pathTranslation'],
  ])('%j: %s', (parameters, message, name) => {
    expect(parse(`- {${db}}`, parameters).faults).toEqual([{ message, index: undefined, path: ['spec', 'parameters', name], inner: [] }])
  })
  it('is no name twice when one has an alias', () => {
    expect(parse(`- {${db}}\n- {${db}, objectAlias: a}`).faults).toEqual([])
  })
  it('is told of any text, and never throws', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ maxLength: 60 }), fc.json({ maxDepth: 3 })), text => {
        const { objects, faults } = parse(text)
        expect(objects.length === 0 || faults.every(fault => fault.message !== '')).toBe(true)
      }),
    )
  })
})

/** secret_descriptor.go, GetFileName and getJmesEntrySecretDescriptor. */
describe('files of a mount', () => {
  const text = `
- {objectName: shop/db, objectType: secretsmanager, jmesPath: [{path: user, objectAlias: a/user}]}
- {objectName: /shop/rates, objectType: ssmparameter}
- {objectName: x, objectType: secretsmanager, objectAlias: sub/y}
`
  it.each([
    [undefined, ['shop_db', 'a_user', '_shop_rates', 'sub_y']],
    ['-', ['shop-db', 'a-user', '-shop-rates', 'sub-y']],
    ['False', ['shop/db', 'a/user', 'shop/rates', 'sub/y']],
  ])('with pathTranslation %s', (pathTranslation, names) => {
    const files = mountedFiles(parse(text, pathTranslation === undefined ? {} : { pathTranslation }))
    expect(files.map(({ file }) => file)).toEqual(names)
    expect(files.map(({ holds }) => holds)).toEqual(['whole', 'value', 'whole', 'whole'])
  })
})
