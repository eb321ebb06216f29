import type { AddressAtoms } from '../address-atoms.ts'
import type { Cidr } from '../addresses.ts'
import type { PortAtoms } from '../ports.ts'
import type { Columns } from './columns.ts'
import type { Tier } from './document.ts'
import type { Term } from './term.ts'

/** Rules of cluster policies that are weighed against one another at once. */
export interface Level {
  readonly tier: Exclude<Tier, 'namespace'>
  readonly terms: readonly Term[]
}

/** Everything that decides about one direction of pods that have the same policies. */
export interface Side {
  readonly columns: Columns
  readonly ports: PortAtoms
  readonly addresses: AddressAtoms
  readonly engine: 'aws-vpc-cni' | 'upstream'
  /** In the order in which they are asked: those of the admin tier come first. */
  readonly levels: readonly Level[]
  /** `none`: no policy of a namespace selects; the baseline is asked. `open`: some do, for the other direction alone. */
  readonly namespace: 'none' | 'open' | 'closed'
  /** Of policies of a namespace. */
  readonly terms: readonly Term[]
  /** What is left when nothing decides. */
  readonly otherwise: 'allow' | 'deny' | 'unknown'
  /** AWS: the cluster's family of addresses, and blocks that the agent of the node passes over. */
  readonly family: 4 | 6
  readonly skip: (cidr: Cidr) => boolean
}
