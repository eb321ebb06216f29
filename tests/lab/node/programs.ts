import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { cache, makeAtomically } from '../build/cache.ts'
import { extractPackages } from '../build/debian-packages.ts'
import { moduleProgram } from '../build/go.ts'
import type { Part } from '../build/part.ts'
import { kubernetesProgram } from '../build/wrapper-module.ts'

const containers = ['containerd', 'runc', 'libseccomp2', 'containernetworking-plugins', 'busybox-static']
/** nft for kube-proxy, with the libraries that it is linked with. */
const netfilter = [
  'nftables',
  'libnftables1',
  'libnftnl11',
  'libmnl0',
  'libjansson4',
  'libxtables12',
  'libedit2',
  'libgmp10',
  'libbsd0',
  'libmd0',
]

const folder = join(cache.directory, 'node-packages')

/** Where Debian's packages were unpacked: a file tree of its own, which nothing was installed from. */
export const nodePackages: Part & { readonly folder: string } = {
  name: 'containerd, runc, CNI plugins and nft',
  folder,
  isReady: () => existsSync(folder),
  build: () => makeAtomically(folder, temporary => extractPackages([...containers, ...netfilter], temporary)),
}

export const scheduler = kubernetesProgram('kube-scheduler')
export const kubelet = kubernetesProgram('kubelet')
export const kubeProxy = kubernetesProgram('kube-proxy')
export const coreDns = moduleProgram('coredns', new URL('coredns/', import.meta.url))
export const pause = moduleProgram('pause', new URL('pause/', import.meta.url))
