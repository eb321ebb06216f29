import { describe, expect, it } from 'vitest'
import type { Path, Place } from '#model/place.ts'
import { objectOrigin } from '../kubernetes/origin.ts'
import { originIn } from './origin.ts'
import { SourceText } from './source-text.ts'

const place = (text: string, inner: Path): Place =>
  originIn({ source: new SourceText('class.yaml', text), start: 0, end: text.length, form: 'yaml' }, []).locate(
    ['spec', 'objects'],
    'value',
    inner,
  )

const literal = `spec:
  objects: |
    - objectName: db
      jmesPath:
        - {path: user, objectAlias: user}
    - objectName: other
  region: eu-west-1
`

describe('a place inside a text that is YAML itself', () => {
  it.each([
    [[0, 'objectName'], 3, 'db'],
    [[0, 'jmesPath', 0, 'objectAlias'], 5, 'user'],
    [[1, 'objectName'], 6, 'other'],
  ] as const)('%j of a literal block is line %i', (inner, line, value) => {
    const found = place(literal, inner)
    if (found.in !== 'file') return expect.fail()
    expect([found.line, found.text.slice(found.column - 1, found.column - 1 + found.length)]).toEqual([line, value])
  })
  it('is as near as it can be told where the path ends before', () => {
    expect(place(literal, [1, 'objectType'])).toMatchObject({ line: 6 })
  })
  it.each(['spec: {objects: "- objectName: db"}', 'spec:\n  objects: >\n    - objectName: db\n'])('of %j is the text', text => {
    const [whole, inner] = [place(text, []), place(text, [0, 'objectName'])]
    expect(inner).toEqual(whole)
  })
  it('of an answer of the API server is a line of the text', () => {
    const origin = objectOrigin('GET /class', { spec: { objects: '- objectName: db\n  objectType: secretsmanager\n' } })
    expect(origin.locate(['spec', 'objects'], 'value', [0, 'objectType'])).toEqual({
      in: 'api',
      call: 'GET /class',
      path: '.spec.objects line 2',
      excerpt: 'objectType: secretsmanager',
    })
  })
})
