import { existsSync, readFileSync } from 'node:fs'
import { canExtractPackages } from '../build/debian-packages.ts'
import { type LabAvailability, labAvailability } from '../availability.ts'
import { findExecutable } from '../process/find-executable.ts'
import { nodePackages } from './programs.ts'
import { nodeParts } from './parts.ts'

/** CAP_NET_ADMIN and CAP_SYS_ADMIN (capabilities(7)): cables, namespaces and mounts. */
const capabilities = { CAP_NET_ADMIN: 12n, CAP_SYS_ADMIN: 21n } as const

/** Whether a lab with a node can start here, and if not, which part of it cannot and why. Only looks. */
export function nodeAvailability(): LabAvailability {
  const lab = labAvailability()
  const tools = ['ip', 'nsenter', 'unshare', 'setpriv', 'mount', 'tar', 'ldd', 'getent'].filter(tool => findExecutable(tool) === undefined)
  const missing = [
    ...(lab.ok ? [] : lab.missing),
    ...tools.map(tool => `${tool} on PATH (for the namespaces and images of a node)`),
    ...missingCapabilities().map(name => `${name} (for a node's namespaces; run as root)`),
    ...(hasFileSystem('overlay') ? [] : ['overlayfs in the kernel (for containers)']),
    ...(existsSync('/sys/fs/cgroup') ? [] : ['control groups at /sys/fs/cgroup (for the kubelet)']),
    ...(nodePackages.isReady() || canExtractPackages()
      ? []
      : ['apt-get and dpkg-deb (for containerd, runc and the CNI plugins of Debian)']),
    ...(nodeParts.every(part => part.isReady()) || findExecutable('go') ? [] : ['go on PATH (to build the kubelet once)']),
  ]
  return missing.length === 0 ? { ok: true } : { ok: false, missing }
}

function missingCapabilities(): string[] {
  if (process.platform !== 'linux') return []
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0'}`)
  return Object.entries(capabilities).flatMap(([name, bit]) => ((effective >> bit) & 1n ? [] : [name]))
}

/** A file system that is a module appears once it is loaded, so its absence here counts only when it cannot be loaded. */
function hasFileSystem(name: string): boolean {
  if (process.platform !== 'linux') return false
  const isKnown = new RegExp(`\\t${name}$`, 'm').test(readFileSync('/proc/filesystems', 'utf8'))
  return isKnown || findExecutable('modprobe') !== undefined
}
