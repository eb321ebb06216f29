import { beforeAll, describe, expect, it } from 'vitest'
import type { Diagnosis } from '#findings/diagnosis.ts'
import type { World } from '#model/world.ts'
import { diagnoseWorld } from '#verbs/diagnose.ts'
import { externalFaults } from './faults-external-secrets.ts'
import { guardDutyFaults } from './faults-guardduty.ts'
import { irsaFaults } from './faults-irsa.ts'
import { logFaults } from './faults-logs.ts'
import { networkFaults } from './faults-network.ts'
import { podIdentityFaults } from './faults-pod-identity.ts'
import { storageFaults } from './faults-storage.ts'
import { secretsFaults } from './faults-secrets.ts'
import { speak, type Fault } from './fault.ts'
import { healthyShop } from './healthy-shop.ts'
import { WorldEditor } from './world-editor.ts'

const faults: readonly Fault[] = [
  ...irsaFaults,
  ...podIdentityFaults,
  ...secretsFaults,
  ...externalFaults,
  ...storageFaults,
  ...networkFaults,
  ...logFaults,
  ...guardDutyFaults,
]

/** What a diagnosis names first: the link, and the check where one tells it. */
function named({ answer, cause, followed }: Diagnosis): string {
  if (cause !== undefined) return `${cause.joint}/${cause.id} ${cause.finding.check.id}`
  return answer === 'told' && followed !== undefined ? `${followed.joint}/${followed.link}` : answer
}

const expectedOf = ({ expected: { link, check } }: Fault): string => (check === undefined ? link : `${link} ${check}`)

function diagnosed(world: World, of: string, fault?: Fault): Diagnosis {
  const [target = '', , namespace] = of.split(' ')
  const editor = new WorldEditor(world)
  fault?.breaks(editor)
  const { given, logs } = speak(editor, { of, says: fault?.says ?? [] })
  return diagnoseWorld(editor.world, target, namespace, given, logs)
}

describe('faults, one at a time, in a world that is well', () => {
  let world: World
  beforeAll(async () => {
    world = await healthyShop()
  })

  it.each([...new Set(faults.map(({ of }) => of))])('%s is well before', of => {
    const { answer, alsoBroken, cause } = diagnosed(world, of)
    expect({ answer, cause: cause?.finding.check.id, alsoBroken: alsoBroken.map(({ check }) => check.id) }).toEqual({
      answer: 'well',
      alsoBroken: [],
    })
  })

  it('a warning of the node that nobody knows is neither a cause nor hides one', () => {
    const of = 'deploy/receipts in orders'
    const node = { kind: 'Node', name: 'ip-10-0-1-17.eu-west-1.compute.internal' }
    const says = [{ event: 'CgroupV1', of: node, says: 'cgroup v1 detected. cgroup v1 support is deprecated' }]
    const quiet: Fault = { name: 'a node on cgroup v1', of, breaks: () => undefined, says, expected: { link: 'irsa/role' } }
    expect(named(diagnosed(world, of, quiet))).toBe('well')
    const breaks = (editor: WorldEditor) => editor.remove('aws/iam/Role', 'arn:aws:iam::111122223333:role/orders-receipts')
    expect(named(diagnosed(world, of, { ...quiet, breaks }))).toBe('irsa/role irsa/role-missing')
  })

  it('the cause that is named first is the one that was broken, in 99 of 100', () => {
    const wrong = faults.flatMap(fault => {
      const told = named(diagnosed(world, fault.of, fault))
      return told === expectedOf(fault) ? [] : [`${fault.name}\n    broke ${expectedOf(fault)}\n    named ${told}`]
    })
    expect(faults.length).toBeGreaterThanOrEqual(200)
    expect(wrong.length / faults.length, `${wrong.length} of ${faults.length} named wrongly\n${wrong.join('\n')}`).toBeLessThanOrEqual(0.01)
  }, 300_000)
})
