import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { poll } from '../process/poll.ts'

const root = '/sys/fs/cgroup'

/** The folder below which a node keeps the groups of its pods: two kubelets in one would kill each other's. */
export const controlGroupOf = (lab: string): string => `mortise-lab-${lab}`

/** Makes that folder in every hierarchy of the machine: the one of version 2, or each of version 1. */
export async function makeControlGroups(lab: string): Promise<void> {
  for (const hierarchy of await hierarchies()) {
    const folder = join(hierarchy, controlGroupOf(lab))
    await mkdir(folder, { recursive: true })
    // Version 1 refuses processes in a set of no processors.
    for (const file of ['cpuset.cpus', 'cpuset.mems']) {
      const own = join(folder, file)
      if (hierarchy !== root && existsSync(own)) await writeFile(own, await readFile(join(hierarchy, file), 'utf8'))
    }
  }
}

/** Removes it with everything below, as soon as the last process has left. */
export async function removeControlGroups(lab: string): Promise<void> {
  const folders = (await hierarchies()).map(hierarchy => join(hierarchy, controlGroupOf(lab)))
  const isGone = async () => {
    for (const folder of folders) if (existsSync(folder)) await removeTree(folder)
    return true as const
  }
  await poll(isGone, { what: `the control groups of ${lab} to be empty`, timeoutMilliseconds: 15_000 })
}

async function hierarchies(): Promise<string[]> {
  if (!existsSync(root)) return []
  if (existsSync(join(root, 'cgroup.controllers'))) return [root]
  const entries = await readdir(root, { withFileTypes: true })
  return entries.filter(entry => entry.isDirectory()).map(entry => join(root, entry.name))
}

/** The files of a control group go with its folder and cannot be removed one by one. */
async function removeTree(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) if (entry.isDirectory()) await removeTree(join(folder, entry.name))
  await rmdir(folder)
}
