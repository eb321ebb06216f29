import type { Kinds } from '#model/kinds.ts'
import type { Known, Listed } from '../input.ts'
import type { LayerAnswer, PathAnswer, Protocol } from '../question.ts'
import type { Platform } from './platform.ts'
import type { Row, RowId } from './rows.ts'

/** What an interface is to the end whose address it holds. `planned`: the end has no address yet, its groups are those that it would get. */
export type Holder = 'branch' | 'node' | 'own' | 'planned' | 'none'

/** One end as AWS sees it. */
export interface AwsEnd {
  readonly name: string
  /** Ends of one class are treated alike by everything but placement. */
  readonly classId: number
  readonly family: 4 | 6
  /** `branch`: of a pod with security groups of its own; `node`: shared with the node; `own`: of Fargate, an endpoint, a database; `none`: nothing that was read holds it. */
  readonly holder: Holder
  /** In the order of their ids; empty where nothing filters. */
  readonly groups: Known<readonly string[]>
  readonly interfaceId?: string
  readonly subnetId?: string
  readonly vpcId?: string
  /** Undefined: not known, or no pod or node. */
  readonly platform?: Platform
  /** IPv4 or IPv6 as text. */
  readonly address?: string
}

/** What lets packets pass between ends, by number of a row. */
export interface PairRows {
  /** From the one at a position to each: of an end with itself, what goes for two ends of its class. Reused from one call to the next. */
  readonly from: (source: number) => Int32Array
  /** The row of pairs between which nothing passes. */
  readonly deny: RowId
  readonly row: (id: RowId) => Row
}

export type Verdict = PathAnswer['verdict']

/** Security groups, NACLs and routes. Ends are found once and asked about many times. */
export interface AwsLayer {
  /** The same for layers that grew out of one another: only then do their classes have the same numbers. */
  readonly lineage: object
  /** By `namespace/name`; undefined when no such pod was read. */
  readonly pod: (id: string) => AwsEnd | undefined
  readonly node: (name: string) => AwsEnd | undefined
  /** An IPv4 or IPv6 address of this VPC, of a peer, or of the world outside. */
  readonly address: (text: string) => AwsEnd
  /** An end for each run of public addresses that rules and routes tell apart. */
  readonly internet: (family: 4 | 6) => readonly AwsEnd[]
  /** Whether an address is of the internet: public, and of no VPC that was read. */
  readonly isInternet: (text: string) => boolean
  /** What all of it says of a packet that opens a connection; ICMP without a port is an echo request. */
  readonly verdict: (from: AwsEnd, to: AwsEnd, isOnOneNode: boolean, protocol: Protocol, port?: number) => Verdict
  /** The same for `trafficKey`, as 0 (deny), 1 (unknown) or 2 (allow): so that the least of several layers is what they say together. */
  readonly code: (from: AwsEnd, to: AwsEnd, isOnOneNode: boolean, key: number) => 0 | 1 | 2
  /** `code` of one `trafficKey` for many pairs: what groups say of a class of ends is kept. */
  readonly codes: (key: number) => (from: AwsEnd, to: AwsEnd, isOnOneNode: boolean) => 0 | 1 | 2
  /** All traffic at once, between all of these ends. */
  readonly rows: (ends: readonly AwsEnd[], isOnOneNode: boolean) => PairRows
  /** `verdict`, layer by layer from source to destination. */
  readonly explain: (from: AwsEnd, to: AwsEnd, isOnOneNode: boolean, protocol: Protocol, port?: number) => readonly LayerAnswer[]
  /** With another group in the place of the one of that id; without one, it goes. Ends of this layer are not ends of that one. */
  readonly withGroup: (id: string, group: Kinds['aws/ec2/SecurityGroup'] | undefined) => AwsLayer
  readonly withPods: (pods: Listed<Kinds['k8s/Pod']>, nodes: Listed<Kinds['k8s/Node']>) => AwsLayer
}
