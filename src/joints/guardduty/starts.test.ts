import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { World } from '#model/world.ts'
import { readFiles } from '#sources/files/read-files.ts'
import { runJoint } from '#joints/run.ts'
import joint from './joint.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))

async function run(text: string) {
  const { Readable } = await import('node:stream')
  const world = new World(await readFiles(['-'], { cwd: root, stdin: Readable.from([text]) }))
  return runJoint(joint, world)
}

const cluster = 'kind: aws/eks/Cluster\nname: prod\narn: arn:aws:eks:eu-west-1:111122223333:cluster/prod\n'
const agent = 'apiVersion: apps/v1\nkind: DaemonSet\nmetadata: { name: aws-guardduty-agent, namespace: amazon-guardduty }\n'
const header = (read: string) => `kind: mortise/World\nversion: 1\ncluster: prod\nread: [${read}]\n---\n`
const statesOf = ({ chains }: Awaited<ReturnType<typeof run>>) => chains.map(({ subject, state }) => `${subject} ${state}`)

describe('the chains of GuardDuty', () => {
  it('begin at each EKS cluster, and are unknown where nothing else was read', async () => {
    const ran = await run(`${header('aws/eks/Cluster')}${cluster}`)
    expect(statesOf(ran)).toEqual(['arn:aws:eks:eu-west-1:111122223333:cluster/prod unknown'])
    expect(ran.chains[0]?.links.map(({ verdict }) => verdict.is)).not.toContain('pass')
  })
  it('begin at an agent of which no EKS cluster was read, and are unknown', async () => {
    expect(statesOf(await run(`${header('k8s/DaemonSet')}${agent}`))).toEqual(['amazon-guardduty/aws-guardduty-agent unknown'])
  })
  it('begin once where both were', async () => {
    expect(statesOf(await run(`${header('k8s/DaemonSet')}${cluster}---\n${agent}`))).toHaveLength(1)
  })
  it('are broken at the detector in a region that has none, whose other plans nobody then asks about', async () => {
    const [chain] = (await run(`${header('aws/eks/Cluster, aws/guardduty/Detector')}${cluster}`)).chains
    expect(chain?.links.map(({ verdict }) => verdict.is)).toEqual(['fail', ...joint.links.slice(1).map(() => 'not-asked')])
  })
})
