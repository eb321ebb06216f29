import { readdirSync, readFileSync } from 'node:fs'

/** An object as the API server gives it. */
export interface KubernetesObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels?: Readonly<Record<string, string>> }
  readonly spec?: unknown
  readonly status?: unknown
  readonly [key: string]: unknown
}

export interface EnforcedProbe {
  /** `namespace/pod` */
  readonly from: string
  /** `namespace/pod`, or `service namespace/name` */
  readonly to: string
  readonly protocol: 'TCP' | 'UDP'
  readonly port: number
  readonly open: boolean
  /** The endpoint to which the address of the Service was translated. */
  readonly backend?: { readonly pod: string; readonly ip: string; readonly port: number }
  /** False where entries compete for the slots. */
  readonly deterministic?: boolean
  readonly openInThreeWrites?: readonly boolean[]
}

export interface EnforcedGroup {
  readonly pod: string
  readonly group: string
  readonly ingress: readonly EnforcedGroupRule[]
  readonly egress: readonly EnforcedGroupRule[]
}
export interface EnforcedGroupRule {
  readonly cidr?: string
  readonly sourceGroup?: string
  readonly protocol: 'tcp' | 'udp' | '-1'
  readonly from: number
  readonly to: number
}

export interface EnforcedCase {
  readonly id: string
  readonly family: string
  readonly mode: 'standard' | 'strict'
  readonly notes: string
  readonly nodes: readonly { readonly name: string; readonly ip: string }[]
  readonly objects: readonly KubernetesObject[]
  readonly probes: readonly EnforcedProbe[]
  readonly createdAfterPolicies?: readonly string[]
  readonly securityGroups?: readonly EnforcedGroup[]
  readonly slotLottery?: Readonly<Record<string, unknown>>
  readonly openCounts?: Readonly<Record<string, readonly number[]>>
}

type Row = readonly [string, string, 'TCP' | 'UDP', number, boolean, Partial<EnforcedProbe>?]
type OnDisk = Omit<EnforcedCase, 'nodes' | 'probes'> & { readonly cluster: string; readonly probes: readonly Row[] }

const here = new URL('.', import.meta.url)
const read = (path: string): unknown => JSON.parse(readFileSync(new URL(path, here), 'utf8'))
const families = ['cnp', 'extras', 'hostnetwork', 'name-collision', 'np-except', 'np-random', 'service', 'sg-and-np', 'slots', 'strict']

/** All recorded cases, or those of one family, each complete. */
export function cases(family?: string): readonly EnforcedCase[] {
  const { nodes } = read('recorded.json') as Pick<EnforcedCase, 'nodes'>
  return families
    .filter(each => family === undefined || each === family)
    .flatMap(each =>
      readdirSync(new URL(`${each}/`, here))
        .sort()
        .map(file => whole(read(`${each}/${file}`) as OnDisk, nodes)),
    )
}

function whole({ cluster, objects, probes, ...rest }: OnDisk, nodes: EnforcedCase['nodes']): EnforcedCase {
  return {
    ...rest,
    nodes,
    objects: [...(read(`clusters/${cluster}.json`) as KubernetesObject[]), ...objects],
    probes: probes.map(([from, to, protocol, port, open, more]) => ({ from, to, protocol, port, open, ...more })),
  }
}
