import { compare } from '#model/world.ts'
import { clean } from './characters.ts'

export interface TestCase {
  readonly suite: string
  /** The joint of a chain, or a check that stands on its own. */
  readonly group: string
  readonly name: string
  readonly failure?: { readonly message: string; readonly type: string; readonly text: string }
  readonly skipped?: string
}

/** A suite for each joint, those named first even when they are empty. */
export function junitXml(cases: readonly TestCase[], joints: readonly string[]): string {
  const bySuite = Map.groupBy(cases, item => item.suite)
  const names = [...new Set([...joints, ...[...bySuite.keys()].sort(compare)])]
  const suites = names.flatMap(name => suiteLines(name, bySuite.get(name) ?? []))
  return ['<?xml version="1.0" encoding="UTF-8"?>', `<testsuites name="mortise"${counts(cases)}>`, ...suites, '</testsuites>', ''].join(
    '\n',
  )
}

function suiteLines(name: string, cases: readonly TestCase[]): readonly string[] {
  return [`  <testsuite name="${attribute(name)}"${counts(cases)}>`, ...cases.flatMap(caseLines), '  </testsuite>']
}

function counts(cases: readonly TestCase[]): string {
  const failures = cases.filter(item => item.failure !== undefined).length
  const skipped = cases.filter(item => item.skipped !== undefined).length
  return ` tests="${cases.length}" failures="${failures}" errors="0" skipped="${skipped}"`
}

function caseLines({ group, name, failure, skipped }: TestCase): readonly string[] {
  const head = `    <testcase classname="${attribute(group)}" name="${attribute(name)}"`
  if (failure !== undefined) {
    const open = `      <failure message="${attribute(failure.message)}" type="${attribute(failure.type)}">`
    return [`${head}>`, `${open}${escaped(failure.text)}</failure>`, '    </testcase>']
  }
  if (skipped !== undefined) return [`${head}>`, `      <skipped message="${attribute(skipped)}"/>`, '    </testcase>']
  return [`${head}/>`]
}

const attribute = (text: string): string => escaped(clean(text))

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' }

/** XML 1.0 has no way at all to write some characters. */
const forbidden = /[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu

const escaped = (text: string): string => text.replace(forbidden, '\ufffd').replace(/[&<>"']/g, char => entities[char] ?? char)
