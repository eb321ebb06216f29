import { describe, expect, it } from 'vitest'
import { inFile, trust } from '../../tests/report/sample-outcome.ts'
import { removing, setting, targetOf, type Edit } from '#model/change.ts'
import type { Resource } from '#model/resource.ts'
import { fixLines } from './fix-lines.ts'
import { inkFor } from './ink.ts'
import { lineDiff } from './line-diff.ts'
import { scalarText, yamlLines } from './yaml-lines.ts'

const frame = { ink: inkFor(false), digits: 1, width: 80 }

function drawn(line: string, value: unknown, edit: (resource: Resource) => Edit): string {
  const resource = inFile('k8s/Namespace', 'x', { cluster: 'c' }, { key: value }, 'a.yaml', [line]) as unknown as Resource
  const change = { target: targetOf(resource), edit: edit(resource), permissions: [], risk: '' }
  return fixLines({ title: '', safe: true, changes: [change] }, [resource.at(['key'], '')], frame).join('\n')
}

const setTo = (after: unknown) => (resource: Resource) => setting(resource, ['key'], after)

describe('fixLines', () => {
  it.each([
    ['key: old', 'old', 'new', 'key: new'],
    ['key: "old"', 'old', 'new', 'key: "new"'],
    ["key: 'old'", 'old', "it's", "key: 'it''s'"],
    ['key: old', 'old', 'yes', 'key: "yes"'],
    ['key: 12', 12, 13, 'key: 13'],
    ['key: old # why', 'old # why', 'a: b', 'key: "a: b"'],
  ])('writes a value in the quotes of the old one: %s', (line, before, after, expected) => {
    expect(drawn(line, before, setTo(after))).toBe(`  |\n1 - ${line}\n1 + ${expected}`)
  })
  it('does not rewrite a line that does not spell the value', () => {
    expect(drawn('key: |', 'a\nb\n', setTo('c'))).toBe('  |\n  | a.yaml:1\n  - key: "a\\nb\\n"\n  + key: c')
  })
  it('shows what is removed', () => {
    expect(drawn('key:', { a: 1, b: [2] }, resource => removing(resource, ['key']))).toBe(
      '  |\n1 - key:\n  -   a: 1\n  -   b:\n  -     - 2',
    )
  })
  it('shortens a long resource, and says so', () => {
    const body = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`k${index}`, index]))
    expect(drawn('key: x', 'x', () => ({ do: 'create', body }))).toContain('… and 21 more lines')
  })
  it('names the command of a restart, with names that a shell cannot take for more', () => {
    const restart = (kind: 'k8s/Deployment' | 'k8s/ReplicaSet', id: string) =>
      fixLines(
        {
          title: '',
          safe: true,
          changes: [
            { target: { kind, id, scope: { cluster: 'c' } }, edit: { do: 'restart', pods: ['n/a', 'n/b; x'] }, permissions: [], risk: '' },
          ],
        },
        trust.evidence,
        frame,
      )[1]
    expect(restart('k8s/Deployment', 'payments/reader')).toBe('  $ kubectl rollout restart deployment/reader -n payments')
    expect(restart('k8s/ReplicaSet', 'n/r')).toBe("  $ kubectl delete pod a 'b; x' -n n")
  })
})

describe('lineDiff', () => {
  it('shows what changed with a little around it', () => {
    const before = ['a', 'b', 'c', 'd', 'e', 'f', 'g']
    expect(
      lineDiff(
        before,
        before.map(line => (line === 'd' ? 'D' : line)),
      ).map(line => line.sign + line.text),
    ).toEqual([' …', ' b', ' c', '-d', '+D', ' e', ' f', ' …'])
  })
})

describe('yamlLines', () => {
  it('writes maps, lists and their nesting', () => {
    expect(yamlLines({ a: [{ b: 1, c: [] }, 'x'], d: {}, e: null, f: undefined })).toEqual([
      'a:',
      '  - b: 1',
      '    c: []',
      '  - x',
      'd: {}',
      'e: null',
    ])
  })
  it('quotes what would be read back as something else', () => {
    expect(['', 'yes', '1', '1e3', 'a: b', 'a #b', '*', 'ok/x:y', 'null', '-', ' a'].map(scalarText)).toEqual([
      '""',
      '"yes"',
      '"1"',
      '"1e3"',
      '"a: b"',
      '"a #b"',
      '"*"',
      'ok/x:y',
      '"null"',
      '"-"',
      '" a"',
    ])
  })
})
