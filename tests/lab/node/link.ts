import { createHash } from 'node:crypto'
import { CommandFailed, run } from '../process/run.ts'

/** The cable between the machine and a node: a pair of virtual interfaces, whose host side has a name made of the lab's. */
export interface NodeLink {
  /** Which of 10.99.0.0/16's networks: no two labs have the same. */
  readonly number: number
  /** Where the machine is for the node and its pods, 10.99.N.1. */
  readonly hostAddress: string
  /** The node's own address, 10.99.N.2. */
  readonly nodeAddress: string
  /** The pods' network, 10.245.N.0/24. */
  readonly podNetwork: string
}

const nameOf = (lab: string): string => `lab-${createHash('sha256').update(lab).digest('hex').slice(0, 8)}`
const peerOf = (number: number): string => `mortise${number}`

/**
 * Makes the cable and takes a network that no other lab has. The node's end waits under the network's name until
 * `giveLink` moves it, so that of two labs which try the same number at once, one is refused.
 */
export async function makeLink(lab: string): Promise<NodeLink> {
  for (let number = 1; number < 250; number++) {
    const link = linkOf(number)
    if (await isTaken(link.hostAddress)) continue
    if (!(await tryAdd(nameOf(lab), peerOf(number)))) continue
    // Somebody may have taken and moved the number between question and claim; from then on its address is there to see.
    if (await isTaken(link.hostAddress)) {
      await removeLink(lab)
      continue
    }
    await ip('address', 'add', `${link.hostAddress}/24`, 'dev', nameOf(lab))
    await ip('link', 'set', nameOf(lab), 'up')
    return link
  }
  throw new Error('every network of 10.99.0.0/16 is taken; `npm run lab status` shows by whom')
}

/** Moves the node's end into the namespace of that process, where it is `eth0`. */
export async function giveLink(lab: string, link: NodeLink, pid: number): Promise<void> {
  await ip('link', 'set', peerOf(link.number), 'netns', String(pid), 'name', 'eth0')
  const inside = (...args: readonly string[]) => run(['nsenter', '--target', String(pid), '--net', 'ip', ...args])
  await inside('address', 'add', `${link.nodeAddress}/24`, 'dev', 'eth0')
  await inside('link', 'set', 'eth0', 'up')
  await inside('route', 'add', 'default', 'via', link.hostAddress)
  await ip('route', 'replace', link.podNetwork, 'via', link.nodeAddress, 'dev', nameOf(lab))
}

/** Takes the cable away, addresses and routes included; nothing happens when there is none. */
export async function removeLink(lab: string): Promise<void> {
  await ip('link', 'delete', nameOf(lab)).catch((error: unknown) => {
    if (!(error instanceof CommandFailed && error.stderr.includes('Cannot find device'))) throw error
  })
}

const linkOf = (number: number): NodeLink => ({
  number,
  hostAddress: `10.99.${number}.1`,
  nodeAddress: `10.99.${number}.2`,
  podNetwork: `10.245.${number}.0/24`,
})

const ip = (...args: readonly string[]): Promise<string> => run(['ip', ...args])

const isTaken = async (address: string): Promise<boolean> => (await ip('-4', '-oneline', 'address')).includes(` ${address}/`)

async function tryAdd(name: string, peer: string): Promise<boolean> {
  try {
    await ip('link', 'add', name, 'type', 'veth', 'peer', 'name', peer)
    return true
  } catch (error) {
    if (error instanceof CommandFailed && error.stderr.includes('File exists')) return false
    throw error
  }
}
