import type { Kind, Kinds } from '#model/kinds.ts'
import type { Path } from '#model/place.ts'
import { pathText, valueAt } from '#model/place.ts'
import type { Network, NetworkChange } from '../network.ts'

/** An addition to a document of the input: a value at a path where nothing is (the next place of a list), or a whole new document. */
export type HealEdit =
  | { readonly do: 'add'; readonly kind: Kind; readonly id: string; readonly path: Path; readonly value: unknown }
  | { readonly do: 'create'; readonly kind: Kind; readonly id: string; readonly document: Kinds[Kind] }

/** A way to lift one denial, not proved yet. */
export interface Candidate {
  readonly edit: Extract<HealEdit, { readonly do: 'add' }>
  /** In lower case, no full stop. */
  readonly says: string
  /** Taken only where nothing else helps: it names an address that may be given away. */
  readonly isLastResort?: true
  /** How many interfaces carry the group that it names: between additions that open alike, who may come later. */
  readonly carriers?: number
}

export type HealableKind = 'aws/ec2/SecurityGroup' | 'aws/ec2/NetworkAcl' | 'k8s/NetworkPolicy'

export interface Documents {
  readonly group: (arn: string) => Kinds['aws/ec2/SecurityGroup'] | undefined
  readonly acl: (arn: string) => Kinds['aws/ec2/NetworkAcl'] | undefined
  readonly policy: (id: string) => Kinds['k8s/NetworkPolicy'] | undefined
}

export function documentsOf({ input: { aws, policies } }: Network): Documents {
  return {
    group: arn => aws.securityGroups.all.find(({ SecurityGroupArn }) => SecurityGroupArn === arn),
    acl: arn => aws.networkAcls.all.find(({ Arn }) => Arn === arn),
    policy: id => policies.networkPolicies.all.find(({ metadata }) => `${metadata.namespace}/${metadata.name}` === id),
  }
}

/** The network with the addition. */
export function withEdit(network: Network, { kind, id, path, value }: Candidate['edit']): Network {
  const documents = documentsOf(network)
  const found = { 'aws/ec2/SecurityGroup': documents.group, 'aws/ec2/NetworkAcl': documents.acl, 'k8s/NetworkPolicy': documents.policy }
  if (!Object.hasOwn(found, kind)) throw new Error(`nothing is added to ${kind}`)
  const document = found[kind as HealableKind](id)
  if (document === undefined || valueAt(document, path) !== undefined) throw new Error(`${kind} ${id} has no place at ${pathText(path)}`)
  return network.update([{ kind: kind as HealableKind, id, after: added(document, path, value) } as NetworkChange])
}

/** A copy in which the value stands at the path; parents that are missing are made. */
function added(body: unknown, [step, ...rest]: Path, value: unknown): unknown {
  if (step === undefined) return value
  if (typeof step === 'number') {
    const list = Array.isArray(body) ? [...(body as unknown[])] : []
    list[step] = added(list[step], rest, value)
    return list
  }
  const map = { ...(body as Readonly<Record<string, unknown>> | undefined) }
  return { ...map, [step]: added(map[step], rest, value) }
}
