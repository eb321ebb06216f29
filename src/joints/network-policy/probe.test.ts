import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import { withObjects, type Prepared } from '#joints/define-probe.ts'
import { World } from '#model/world.ts'
import { readFiles } from '#sources/files/read-files.ts'
import probe from './probe.ts'

const settings = { run: 'a1b2c3', image: 'registry.example/probe:1', sampleFindings: false, logSeconds: 60 }

/** Two nodes in standard mode, and api with a group of its own that lets nobody in: pods of one node reach it all the same. */
const file = fileURLToPath(new URL('../security-groups-for-pods/same-node-bypasses-groups/fail.yaml', import.meta.url))

function prepared(world: World): Prepared {
  const start = probe.starts?.(world).find(({ workload }) => workload?.name === 'deploy/web')
  const made = start === undefined ? undefined : probe.prepare(world, start, settings, 1)
  if (made === undefined || 'why' in made) throw new Error('web is not tried')
  return made
}

const jobsOf = ({ pods }: Prepared) => pods.map(({ job }) => job(new Map()))

const predictedOf = (world: World, made: Prepared) =>
  Object.fromEntries(
    made.expect(withObjects(world, jobsOf(made)), undefined, undefined).expectations.map(({ id, predicted }) => [id, predicted.is]),
  )

/** Where the pod of a Job may be: beside the seat, or on any node but that. */
const seatsOf = (made: Prepared) =>
  Object.fromEntries(
    made.pods.map(({ id, job }) => {
      const { spec } = job(new Map()).body as {
        spec: { template: { spec: { affinity?: { podAffinity?: object; podAntiAffinity?: object } } } }
      }
      return [id, spec.template.spec.affinity]
    }),
  )

describe('the probe of flows', () => {
  let world: World
  beforeAll(async () => {
    world = new World(await readFiles([file]))
  })

  it('puts one client beside the server and one on another node, where there are several', () => {
    const term = {
      labelSelector: { matchLabels: { 'mortise/probe-seat': 'a1b2c3-1' } },
      namespaceSelector: {},
      topologyKey: 'kubernetes.io/hostname',
    }
    const required = { requiredDuringSchedulingIgnoredDuringExecution: [term] }
    expect(seatsOf(prepared(world))).toEqual({
      'server-1': undefined,
      'client-same-node': { podAffinity: required },
      'client-other-node': { podAntiAffinity: required },
    })
    expect(prepared(world).omits).toBeUndefined()
  })

  it('foretells each by where its ends are', () => {
    expect(predictedOf(world, prepared(world))).toMatchObject({
      'tcp-8080-server-1-same-node': 'yes',
      'tcp-8080-server-1-other-node': 'no',
    })
  })

  it('says that flows between nodes are not tried, where pods can be put on one only', () => {
    const other = world.seen('k8s/Node').find(({ id }) => id === 'node-b')
    if (other === undefined) throw new Error('there is no node-b')
    const cordoned = other.with({ ...other.body, spec: { ...other.body.spec, unschedulable: true } })
    for (const small of [world.without([other]), world.replace(cordoned)]) {
      const made = prepared(small)
      expect(Object.keys(seatsOf(made))).toEqual(['server-1', 'client-same-node'])
      expect(made.omits).toBe('flows between two nodes: pods can be put on one node only')
    }
  })
})
