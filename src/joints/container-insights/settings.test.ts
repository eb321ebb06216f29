import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sectionsOf } from './settings.ts'

describe('sections of Fluent Bit’s configuration', () => {
  it('have keys without case, and values to the end of the line', () => {
    const [input, output] = sectionsOf(
      '# shipped\n[INPUT]\n  Name tail\n\n[ OUTPUT ]\n    Name                cloudwatch_logs\n    log_group_name      /aws/containerinsights/${CLUSTER_NAME}/host\n    Bare\n',
    )
    expect([input?.name, [...(input?.values ?? [])]]).toEqual(['input', [['name', 'tail']]])
    expect([output?.name, [...(output?.values ?? [])]]).toEqual([
      'output',
      [
        ['name', 'cloudwatch_logs'],
        ['log_group_name', '/aws/containerinsights/${CLUSTER_NAME}/host'],
      ],
    ])
  })
  it('are read of any text, and what was written comes back', () => {
    const word = fc.stringMatching(/^[a-z_]{1,12}$/)
    const value = fc.stringMatching(/^[!-~]{1,20}( [!-~]{1,20})?$/)
    fc.assert(fc.property(fc.string(), text => Array.isArray(sectionsOf(text))))
    fc.assert(
      fc.property(fc.array(fc.tuple(word, fc.dictionary(word, value)), { maxLength: 5 }), sections => {
        const text = sections
          .map(([name, values]) => [`[${name.toUpperCase()}]`, ...Object.entries(values).map(([k, v]) => `  ${k}   ${v}`)].join('\n'))
          .join('\n')
        expect(sectionsOf(text).map(({ name, values }) => [name, Object.fromEntries(values)])).toEqual(
          sections.map(([name, values]) => [name, { ...values }]),
        )
      }),
    )
  })
})
