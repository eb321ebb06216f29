import { expect, test } from 'vitest'
import type { Change, Edit } from '#model/change.ts'
import type { Kind } from '#model/kinds.ts'
import type { JournalRecord } from './journal.ts'
import { planOf, type Step } from './plan.ts'
import { propagationBefore } from './propagation.ts'

const role = 'arn:aws:iam::111122223333:role/reader'
const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString()
const step = (kind: Kind, id: string, edit: Edit, rest: Partial<Step> = {}): Step => ({
  change: { target: { kind, id, scope: { account: '111122223333' } }, edit, permissions: [], risk: '' },
  title: `${edit.do} ${id}`,
  makes: 'test: link',
  ...rest,
})
const wait = { for: 'propagation', seconds: 10 } as const
const create = (body: object): Edit => ({ do: 'create', body })

const makesRole = step('aws/iam/Role', role, create({ Arn: role }), { wait })
const association = step('aws/eks/PodIdentityAssociation', 'a', create({ roleArn: role }))
const account = step('k8s/ServiceAccount', 'shop/reader', create({ annotations: { 'eks.amazonaws.com/role-arn': role } }))
const other = step('aws/eks/PodIdentityAssociation', 'b', create({ roleArn: role.replace('reader', 'writer') }))
const sameRole = step('aws/iam/Role', role, { do: 'set', path: ['Tags'], before: [], after: [role] })
const restart = step('k8s/Deployment', 'shop/web', { do: 'restart', pods: ['shop/web-1'] })

const wrote = (index: number, { change }: { readonly change: Change }, second: number): JournalRecord => ({
  is: 'done',
  step: index,
  at: at(second),
  how: 'wrote',
  change,
})
const steps = [makesRole, association, account, other, sameRole, restart]
const started: JournalRecord = { is: 'run', run: 'one', at: at(0), plan: planOf({ cluster: 'prod', steps }) }

test.each<readonly [what: string, step: Step | undefined, seconds: number]>([
  ['AWS that is given the role', association, 7],
  ['pods that start', restart, 7],
  ['the end of a run', undefined, 7],
  ['the API server, which does not look the role up', account, 0],
  ['what speaks of another role', other, 0],
  ['the role itself', sameRole, 0],
])('3 s after a role was written, %s waits for it so long as is left', (_, before, seconds) => {
  expect(propagationBefore(before, [started, wrote(0, makesRole, 1)], at(4))).toEqual(
    seconds === 0 ? { milliseconds: 0 } : { writing: `create ${role}`, milliseconds: seconds * 1000 },
  )
})

test('what was found, is not written yet, or was written long ago is not waited for', () => {
  const found: JournalRecord = { is: 'done', step: 0, at: at(1), how: 'found' }
  const meant: JournalRecord = { is: 'intent', step: 0, at: at(1) }
  const never: readonly (readonly JournalRecord[])[] = [[], [started], [started, found], [started, meant]]
  for (const records of never) expect(propagationBefore(undefined, records, at(1))).toEqual({ milliseconds: 0 })
  expect(propagationBefore(undefined, [started, wrote(0, makesRole, 1)], at(11))).toEqual({ milliseconds: 0 })
})

test('of several, the last one written is waited for', () => {
  const records = [started, wrote(0, makesRole, 1), wrote(0, makesRole, 3)]
  expect(propagationBefore(undefined, records, at(4)).milliseconds).toBe(9000)
})
