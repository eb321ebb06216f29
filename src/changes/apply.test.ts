import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { RemoteError, UserError } from '#base/errors.ts'
import type { Change, Edit } from '#model/change.ts'
import { applyPlan, undoPlan, type Executing } from './apply.ts'
import { plannedId } from '#model/planned-id.ts'
import { openJournal, runsIn } from './journal.ts'
import { planOf, type Plan } from './plan.ts'
import { runState, type RunState } from './run-state.ts'
import type { Live, Writer } from './writer.ts'

/** An API that keeps objects in memory, adds what a server would, refuses stale versions, and may be cut off at any call. */
class Api implements Writer {
  readonly objects = new Map<string, { body: unknown; version: number }>()
  writes = 0
  /** The process dies at this call: before it arrives or after it was carried out. */
  dies: { readonly call: number; readonly when: 'before' | 'after' } | undefined
  denies: string | undefined
  /** What somebody else does to an object right before a write of ours arrives. */
  meanwhile: ((body: Readonly<Record<string, unknown>>) => object | undefined) | undefined
  #calls = 0

  async read({ id }: { readonly id: string }): Promise<Live | undefined> {
    const found = this.objects.get(id)
    return found === undefined ? undefined : { body: structuredClone(found.body) as never, version: String(found.version) }
  }
  async create({ id }: { readonly id: string }, body: unknown): Promise<void> {
    this.#call(id, () => this.objects.set(id, { body: { ...(body as object), uid: `uid-${id}` }, version: 1 }))
  }
  async update({ id }: { readonly id: string }, before: Live, after: unknown): Promise<void> {
    const found = this.objects.get(id)
    const theirs = found === undefined ? undefined : this.meanwhile?.(found.body as Readonly<Record<string, unknown>>)
    if (found !== undefined && theirs !== undefined) {
      found.body = theirs
      found.version += 1
    }
    if (String(found?.version) !== before.version)
      throw new UserError('CHANGE_CONFLICT', `${id} was changed in between`, { help: 'plan again' })
    this.#call(id, () => this.objects.set(id, { body: structuredClone(after), version: Number(before.version) + 1 }))
  }
  async delete({ id }: { readonly id: string }): Promise<void> {
    this.#call(id, () => this.objects.delete(id))
  }
  async idOf({ id }: { readonly id: string }): Promise<string | undefined> {
    return (this.objects.get(id)?.body as { readonly uid: string } | undefined)?.uid
  }
  state(): unknown {
    return Object.fromEntries([...this.objects].map(([id, { body }]) => [id, body]).sort())
  }
  #call(id: string, write: () => void): void {
    this.#calls += 1
    if (this.denies === id) {
      throw new RemoteError(`not authorized to write ${id}`, {
        service: 'api',
        operation: 'Write',
        status: 403,
        code: 'AccessDenied',
        retryable: false,
      })
    }
    const dies = this.dies?.call === this.#calls ? this.dies : undefined
    if (dies?.when === 'before') throw new Killed()
    write()
    this.writes += 1
    if (dies !== undefined) throw new Killed()
  }
}

/** Nothing catches it, as nothing catches kill -9. */
class Killed extends Error {}

let home: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'mortise-apply-'))
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

const executing = (api: Api, run: string): Executing => ({
  journal: openJournal(home, run),
  writerOf: () => api,
  now: () => '2026-01-01T00:00:00Z',
  pause: async () => {},
  signal: new AbortController().signal,
})

const change = (id: string, edit: Edit): Change => ({
  target: { kind: 'k8s/ServiceAccount', id, scope: { cluster: 'prod' } },
  edit,
  permissions: [],
  risk: '',
})
const planFor = (changes: readonly Change[]): Plan =>
  planOf({ cluster: 'prod', steps: changes.map(item => ({ change: item, title: `change ${item.target.id}`, makes: 'test: link' })) })

const three = planFor([
  change('a', { do: 'create', body: { role: 'reader' } }),
  change('b', { do: 'set', path: ['role'], before: 'old', after: 'new' }),
  change('c', { do: 'delete', body: { role: 'gone' } }),
])

function apiForThree(): Api {
  const api = new Api()
  api.objects.set('b', { body: { role: 'old', kept: 1 }, version: 7 })
  api.objects.set('c', { body: { role: 'gone', uid: 'uid-c' }, version: 3 })
  return api
}

test('every step is done once, and a second apply of the same plan finds it done', async () => {
  const api = apiForThree()
  const { outcome, state } = await applyPlan(three, 'one', executing(api, 'one'))
  expect({ outcome, steps: state.steps.map(step => step.is), writes: api.writes }).toEqual({
    outcome: 'done',
    steps: ['wrote', 'wrote', 'wrote'],
    writes: 3,
  })
  const again = await applyPlan(three, 'two', executing(api, 'two'))
  expect({ steps: again.state.steps.map(step => step.is), writes: api.writes }).toEqual({ steps: ['found', 'found', 'found'], writes: 3 })
  expect(runsIn(home)).toEqual(['one', 'two'])
})

test('what is named only when it is made is written by its id, in every step that speaks of it, and taken back by it', async () => {
  const group = plannedId('k8s/ServiceAccount', 'own group')
  const plan = planFor([
    change(group, { do: 'create', body: { name: 'own group', self: group } }),
    change('a', { do: 'create', body: { groups: [group] } }),
  ])
  const api = new Api()
  const { state } = await applyPlan(plan, 'one', executing(api, 'one'))
  expect(api.objects.get('a')?.body).toMatchObject({ groups: [`uid-${group}`] })
  expect(JSON.stringify(undoPlan(state).steps.map(step => step.change.edit))).toContain(`"groups":["uid-${group}"]`)
  await applyPlan(undoPlan(state), 'two', executing(api, 'two'), 'one')
  expect(api.state()).toEqual({})
})

test('pods that were restarted to take up a step are restarted again when it is taken back, after it', () => {
  const restart = change('w', { do: 'restart', pods: ['shop/w-0'] })
  const plan = planFor([change('a', { do: 'create', body: {} }), change('b', { do: 'create', body: {} }), restart])
  const wrote = (index: number) => ({ is: 'wrote' as const, change: plan.steps[index]!.change })
  const titles = (steps: RunState['steps']) => undoPlan({ run: 'one', plan, steps }).steps.map(({ title }) => title)
  expect(titles([wrote(0), wrote(1), wrote(2)])).toEqual(['undo: change b', 'change w', 'undo: change a'])
  expect(titles([wrote(0), { is: 'found' }, wrote(2)])).toEqual(['undo: change a'])
})

test('a world that changed under the plan is not written to at all', async () => {
  const api = apiForThree()
  api.objects.set('c', { body: { role: 'somebody else' }, version: 4 })
  await expect(applyPlan(three, 'one', executing(api, 'one'))).rejects.toMatchObject({ code: 'WORLD_CHANGED' })
  expect({ writes: api.writes, runs: runsIn(home) }).toEqual({ writes: 0, runs: [] })
})

test('what a controller writes elsewhere in the object between a read and a write is kept, and the step is done', async () => {
  const api = apiForThree()
  let writes = 0
  api.meanwhile = body => (writes < 3 ? { ...body, status: (writes += 1) } : undefined)
  const { outcome } = await applyPlan(three, 'one', executing(api, 'one'))
  expect({ outcome, b: api.objects.get('b')?.body, writes }).toEqual({ outcome: 'done', b: { role: 'new', kept: 1, status: 3 }, writes: 3 })
})

test.each([
  { what: 'the field that it changes', meanwhile: (body: object) => ({ ...body, role: 'theirs' }), role: 'theirs' },
  { what: 'the object, each time', meanwhile: (body: object) => ({ ...body, status: Object.keys(body).length }), role: 'old' },
])('a step stops where somebody else writes $what', async ({ meanwhile, role }) => {
  const api = apiForThree()
  api.meanwhile = meanwhile
  const { outcome, error, state } = await applyPlan(three, 'one', executing(api, 'one'))
  expect({ outcome, code: (error as UserError).code, steps: state.steps.map(step => step.is) }).toEqual({
    outcome: 'stopped',
    code: 'CHANGE_CONFLICT',
    steps: ['wrote', 'failed', 'open'],
  })
  expect(api.objects.get('b')?.body).toMatchObject({ role })
})

test('a refusal stops the run there, what was done is known, and undo takes only that back', async () => {
  const api = apiForThree()
  const before = api.state()
  api.denies = 'c'
  const { outcome, error, state } = await applyPlan(three, 'one', executing(api, 'one'))
  expect({ outcome, code: error instanceof RemoteError ? error.code : undefined, steps: state.steps.map(step => step.is) }).toEqual({
    outcome: 'stopped',
    code: 'AccessDenied',
    steps: ['wrote', 'wrote', 'failed'],
  })
  const undone = await applyPlan(undoPlan(state), 'two', executing(api, 'two'), 'one')
  expect(undone.outcome).toBe('done')
  expect(api.state()).toEqual(before)
})

test('a run that went on after the refusal was lifted does the rest alone', async () => {
  const api = apiForThree()
  api.denies = 'c'
  await applyPlan(three, 'one', executing(api, 'one'))
  api.denies = undefined
  const { outcome } = await applyPlan(three, 'one', executing(api, 'one'))
  expect({ outcome, writes: api.writes }).toEqual({ outcome: 'done', writes: 3 })
})

const killPoint = fc.record({ call: fc.integer({ min: 1, max: 3 }), when: fc.constantFrom('before' as const, 'after' as const) })

test('killed at any call, going on writes each step once, and undo leaves the world as it was', async () => {
  await fc.assert(
    fc.asyncProperty(killPoint, fc.uuid(), async (dies, run) => {
      const api = apiForThree()
      const before = api.state()
      api.dies = dies
      await expect(applyPlan(three, run, executing(api, run))).rejects.toBeInstanceOf(Killed)
      api.dies = undefined
      const { outcome } = await applyPlan(three, run, executing(api, run))
      expect({ outcome, writes: api.writes }).toEqual({ outcome: 'done', writes: 3 })
      const done = runState(openJournal(home, run).records, run)
      await applyPlan(undoPlan(done), `${run}-undo`, executing(api, `${run}-undo`), run)
      expect(withoutUid(api.state())).toEqual(withoutUid(before))
    }),
    { numRuns: 40 },
  )
})

test('killed at any call, undo alone leaves the world as it was once the open step is settled', async () => {
  await fc.assert(
    fc.asyncProperty(killPoint, fc.uuid(), async (dies, run) => {
      const api = apiForThree()
      const before = api.state()
      api.dies = dies
      await expect(applyPlan(three, run, executing(api, run))).rejects.toBeInstanceOf(Killed)
      api.dies = undefined
      const aborted = new AbortController()
      const settled = await applyPlan(three, run, { ...executing(api, run), signal: aborted.signal, onStep: () => aborted.abort() })
      await applyPlan(undoPlan(settled.state), `${run}-undo`, executing(api, `${run}-undo`), run)
      expect(withoutUid(api.state())).toEqual(withoutUid(before))
    }),
    { numRuns: 40 },
  )
})

test('what was made in part when the run died is made whole, and what was taken away in part goes; what somebody else made is left', async () => {
  const body = { Tags: [{ Key: 'managed-by', Value: 'mortise' }], policies: ['a', 'b'] }
  const plan = planFor([change('a', { do: 'create', body })])
  const api = new Api()
  api.dies = { call: 1, when: 'before' }
  await expect(applyPlan(plan, 'one', executing(api, 'one'))).rejects.toBeInstanceOf(Killed)
  api.dies = undefined
  api.objects.set('a', { body: { Tags: [], policies: ['a'] }, version: 1 })
  expect((await applyPlan(plan, 'one', executing(api, 'one'))).outcome).toBe('stopped')
  api.objects.set('a', { body: { ...body, policies: ['a'] }, version: 1 })
  const { outcome, state } = await applyPlan(plan, 'one', executing(api, 'one'))
  expect({ outcome, made: api.objects.get('a')?.body }).toEqual({ outcome: 'done', made: body })

  api.dies = { call: 3, when: 'before' }
  await expect(applyPlan(undoPlan(state), 'two', executing(api, 'two'), 'one')).rejects.toBeInstanceOf(Killed)
  api.dies = undefined
  api.objects.set('a', { body: { ...body, policies: [] }, version: 3 })
  expect((await applyPlan(undoPlan(state), 'two', executing(api, 'two'), 'one')).outcome).toBe('done')
  expect(api.state()).toEqual({})
})

/** What is made anew has another uid. */
const withoutUid = (state: unknown): unknown =>
  JSON.parse(JSON.stringify(state, (key, value: unknown) => (key === 'uid' ? undefined : value)))
