import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { poll } from '../process/poll.ts'
import { run } from '../process/run.ts'
import { readOwnership, runDirectory } from '../run-directory.ts'
import { describeNode } from '../shared-lab.ts'
import { startLab, stopLab } from '../start-lab.ts'
import { controlGroupOf } from './control-groups.ts'

const name = `lifetime-${process.pid}`

/** Whatever of that lab this machine shows: files, interfaces and routes, control groups, mounts, processes. */
async function traces(address: string): Promise<string[]> {
  const root = '/sys/fs/cgroup'
  const hierarchies = [root, ...readdirSync(root).map(entry => join(root, entry))]
  const groups = hierarchies.map(folder => join(folder, controlGroupOf(name))).filter(path => existsSync(path))
  const files = [runDirectory(name).path, `/dev/shm/mortise-lab-${name}`].filter(path => existsSync(path))
  const network = (await run(['ip', 'route'])).split('\n').filter(line => line.includes(address))
  const mounts = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .filter(line => line.includes(name))
  return [...groups, ...files, ...network, ...mounts, ...processes()]
}

/** Command lines that name the lab's folder, those of zombies excepted, which have none. */
function processes(): string[] {
  const pids = readdirSync('/proc').filter(entry => /^\d+$/.test(entry) && entry !== String(process.pid))
  return pids.map(commandLine).filter(line => line.includes(join('mortise-lab', name)))
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
  } catch {
    return '' // gone since the folder was read
  }
}

/** Processes of a namespace end a moment after its first one. */
const untilNothingIsLeft = async (address: string) => {
  const ask = async () => {
    const left = await traces(address)
    if (left.length > 0) throw new Error(left.join('\n'))
    return true as const
  }
  await poll(ask, { what: 'the lab to leave nothing', timeoutMilliseconds: 10_000, everyMilliseconds: 100 })
}

/** Longer than a lab may take to start, so that what kept it is told, not that the test was long. */
const timeout = 300_000

describeNode('a second lab with a node', lab => {
  afterEach(() => stopLab(name))

  test('runs beside the first, in a network of its own, and leaves nothing when it is closed', { timeout }, async () => {
    const second = await startLab({ name, node: true })
    const address = second.node?.hostAddress as string
    expect(address).not.toBe(lab.node.hostAddress)
    expect(await traces(address)).not.toEqual([])
    await second.kubectl('run', 'sleeper', '--image=lab/probe:1', '--restart=Never', '--command', '--', 'sleep', '1000')
    await second.kubectl('wait', '--for=condition=Ready', 'pod/sleeper', '--timeout=30s')
    await second.close()
    await untilNothingIsLeft(address)
  })

  test('leaves nothing for the next command when what keeps it is killed', { timeout }, async () => {
    const second = await startLab({ name, node: true, detached: true })
    const address = second.node?.hostAddress as string
    process.kill((await readOwnership(name))?.supervisor.pid as number, 'SIGKILL')
    await stopLab(name)
    await untilNothingIsLeft(address)
  })
})
