import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { findingsOf, type Finding } from '#findings/finding.ts'
import { allChecks, joints } from '#joints/all.ts'
import type { AnyCheck, Joint, Subject } from '#joints/define.ts'
import { subjectKey } from '#joints/define.ts'
import { runCheck, runJoint, subjectsOf } from '#joints/run.ts'
import { applyChanges, undo } from '#model/change.ts'
import { valueAt } from '#model/place.ts'
import { placeOf, type Evidence } from '#model/resource.ts'
import type { Verdict } from '#model/verdict.ts'
import { World } from '#model/world.ts'
import { diagnostic } from '#report/diagnostic.ts'
import { readFiles } from '#sources/files/read-files.ts'

/**
 * One runner over every check folder. A check is done when this is green: its fixtures are its tests, the documentation's examples and the terminal's
 * snapshots at once.
 */
const here = fileURLToPath(new URL('.', import.meta.url))
const root = fileURLToPath(new URL('../..', import.meta.url))
const sections = ['Why it matters', 'When this is fine', 'Fix it by hand']

const folders = joints.flatMap(joint =>
  readdirSync(join(here, joint.id), { withFileTypes: true })
    .filter(entry => entry.isDirectory())
    .map(entry => ({ joint, id: `${joint.id}/${entry.name}`, folder: join(here, joint.id, entry.name) })),
)

/** Each is read once, for all that is asked of it: a world never changes. */
const worlds = new Map<string, Promise<World>>()

function worldOf(file: string): Promise<World> {
  const world = worlds.get(file) ?? readWorld(file)
  worlds.set(file, world)
  return world
}

async function readWorld(file: string): Promise<World> {
  const gathered = await readFiles([relative(root, file)], { cwd: root })
  expect(gathered.problems, `${file} must be readable`).toEqual([])
  return new World({ ...gathered, ...(gathered.readAt === undefined ? {} : { readAt: gathered.readAt }) })
}

describe('check folders', () => {
  it('hold exactly the checks that the joints ask', () => {
    expect(folders.map(folder => folder.id).sort()).toEqual(allChecks.map(check => check.id).sort())
  })
  it('use each id once, and none that was retired', () => {
    expect(new Set(allChecks.map(check => check.id)).size).toBe(allChecks.length)
    const retired = JSON.parse(readFileSync(join(root, 'docs/checks/retired.json'), 'utf8')) as readonly string[]
    expect(allChecks.filter(check => retired.includes(check.id))).toEqual([])
  })
})

for (const { joint, id, folder } of folders) {
  const check = allChecks.find(candidate => candidate.id === id)
  if (check === undefined) continue
  const fixtures = (prefix: string) =>
    readdirSync(folder)
      .filter(name => name.startsWith(prefix) && name.endsWith('.yaml'))
      .map(name => join(folder, name))

  describe(id, () => {
    it('explains itself in docs.md', () => {
      const docs = existsSync(join(folder, 'docs.md')) ? readFileSync(join(folder, 'docs.md'), 'utf8') : ''
      for (const section of sections) expect(docs, `docs.md needs a section "## ${section}"`).toContain(`## ${section}`)
    })
    it('has a failing and a passing fixture', () => {
      expect(fixtures('fail').length, 'add fail.yaml').toBeGreaterThan(0)
      expect(fixtures('pass').length, 'add pass.yaml').toBeGreaterThan(0)
    })
    for (const file of fixtures('fail')) failing(joint, check, file)
    for (const file of fixtures('pass')) passing(joint, check, file)
    for (const file of fixtures('unknown')) unsure(check, file)
  })
}

interface Answer {
  readonly subject: Subject
  readonly verdict: Verdict
}

const answers = (check: AnyCheck, world: World): readonly Answer[] =>
  subjectsOf(check, world).map(subject => ({ subject, verdict: runCheck(check, subject, world) }))

const fails = (check: AnyCheck, world: World) =>
  answers(check, world).flatMap(({ subject, verdict }) => (verdict.is === 'fail' ? [{ subject, verdict }] : []))

/** The findings on the joint's links and the check's own: other checks that stand alone always speak, and are tested in their own folders. */
function spoken(joint: Joint, check: AnyCheck, world: World): readonly Finding[] {
  const others = new Set(joint.safe.map(safe => safe.id).filter(id => id !== check.id))
  return findingsOf([runJoint(joint, world)]).filter(finding => !others.has(finding.check.id as AnyCheck['id']))
}

function failing(joint: Joint, check: AnyCheck, file: string): void {
  const name = file.slice(file.lastIndexOf('/') + 1)
  it(`${name}: fires, and is the only finding of its joint`, async () => {
    const world = await worldOf(file)
    expect(fails(check, world).length).toBeGreaterThan(0)
    const found = spoken(joint, check, world)
    expect(found.map(finding => finding.check.id)).toEqual(found.map(() => check.id))
    expect(found.length).toBeGreaterThan(0)
    for (const finding of found) expect([check.severity, ...(check.severities ?? [])]).toContain(finding.severity)
  })
  it(`${name}: every place holds the value that it speaks of`, async () => {
    const world = await worldOf(file)
    for (const { verdict } of fails(check, world)) for (const evidence of verdict.evidence) assertPlace(evidence)
  })
  it(`${name}: every fix fixes, once is enough, and undone it is as before`, async () => {
    const world = await worldOf(file)
    for (const { subject, verdict } of fails(check, world)) {
      if (verdict.fix === undefined) {
        expect(verdict.help, 'a finding without a fix needs help').toBeDefined()
        continue
      }
      const { changes } = verdict.fix
      const mended = applyChanges(world, changes)
      expect(stillFailing(check, mended, subject, verdict.key), `${verdict.fix.title} does not fix`).toBe(false)
      expect(contents(applyChanges(mended, changes))).toEqual(contents(mended))
      const back = applyChanges(mended, changes.toReversed().map(undo))
      const restarted = changes.flatMap(change => (change.edit.do === 'restart' ? change.edit.pods : []))
      expect(contents(back)).toEqual(
        contents(world.without(restarted.map(pod => ({ kind: 'k8s/Pod', id: pod, scope: changes[0]!.target.scope })))),
      )
    }
  })
  it(`${name}: the terminal shows it as in the snapshot`, async () => {
    const found = spoken(joint, check, await worldOf(file))
    const text = found.map(finding => diagnostic(finding, { color: false, width: 80 })).join('\n\n')
    await expect(`${text}\n`).toMatchFileSnapshot(file.replace(/\.yaml$/, '.snap'))
  })
}

function stillFailing(check: AnyCheck, world: World, subject: Subject, key: string | undefined): boolean {
  return fails(check, world).some(answer => subjectKey(answer.subject) === subjectKey(subject) && answer.verdict.key === key)
}

const contents = (world: World) =>
  [...world.resources()]
    .map(({ kind, id, scope, body }) => ({ kind, id, scope, body }))
    .sort((a, b) => (a.kind + a.id < b.kind + b.id ? -1 : 1))

function passing(joint: Joint, check: AnyCheck, file: string): void {
  const name = file.slice(file.lastIndexOf('/') + 1)
  it(`${name}: passes, with proof, and its joint finds nothing`, async () => {
    const world = await worldOf(file)
    const all = answers(check, world)
    expect(all.filter(answer => answer.verdict.is === 'pass').length).toBeGreaterThan(0)
    expect(all.filter(answer => answer.verdict.is === 'fail' || answer.verdict.is === 'unknown')).toEqual([])
    expect(spoken(joint, check, world)).toEqual([])
    for (const { verdict } of all) {
      if (verdict.is !== 'pass') continue
      expect(verdict.because.length, 'a pass needs evidence').toBeGreaterThan(0)
      for (const evidence of verdict.because) assertPlace(evidence)
    }
  })
  it(`${name}: no read resource can be unread and the check still pass`, async () => {
    const world = await worldOf(file)
    for (const { subject, verdict } of answers(check, world)) {
      if (verdict.is !== 'pass') continue
      for (const resource of world.resources()) {
        const own = 'template' in subject ? subject.resource : subject
        if (resource.kind === own.kind && resource.id === own.id) continue
        const entry = { kind: resource.kind, id: resource.id, scope: resource.scope, reason: 'taken away by the test' }
        const answer = answers(check, world.withUnread(entry)).find(candidate => subjectKey(candidate.subject) === subjectKey(subject))
        expect(
          answer?.verdict.is ?? 'unknown',
          `${resource.kind} ${resource.id} was unread: the fixture should hold only what the check reads`,
        ).toBe('unknown')
      }
    }
  })
}

function unsure(check: AnyCheck, file: string): void {
  it(`${file.slice(file.lastIndexOf('/') + 1)}: is unknown, with a reason`, async () => {
    const verdicts = answers(check, await worldOf(file)).map(answer => answer.verdict)
    expect(verdicts.filter(verdict => verdict.is === 'unknown').length).toBeGreaterThan(0)
    expect(verdicts.filter(verdict => verdict.is === 'pass' || verdict.is === 'fail')).toEqual([])
  })
}

/** The text at the place, read again from the file, is the value or the key that the evidence is about. */
function assertPlace(evidence: Evidence): void {
  const place = placeOf(evidence)
  if (place.in !== 'file') throw new Error(`fixtures are files, but ${evidence.label} stands in ${place.call}`)
  const line = readFileSync(join(root, place.file), 'utf8').split(/\r?\n/)[place.line - 1] ?? ''
  expect(line).toBe(place.text)
  const text = line.slice(place.column - 1, place.column - 1 + place.length)
  expect(text.trim(), `${place.file}:${place.line}:${place.column} is blank`).not.toBe('')
  const whole = valueAt(evidence.resource.body, evidence.path)
  const inText = evidence.inner === undefined || evidence.inner.length === 0 ? whole : valueAt(parse(String(whole)), evidence.inner)
  const last = (evidence.inner ?? []).at(-1) ?? evidence.path.at(-1)
  const value = evidence.spot === 'key' ? last : inText
  if (value === undefined || (typeof value === 'object' && value !== null)) return
  if (typeof value === 'string' && value.includes('\n')) return
  expect(String(parse(text))).toBe(String(value))
}
