import { makeAddressAtoms, type AddressAtoms } from '../address-atoms.ts'
import { endOf, type Cidr } from '../addresses.ts'
import { projection } from '../selector-index.ts'
import { addClasses, type Finer, type NewClass } from './add-classes.ts'
import { thingOf } from './classify.ts'
import { mentionsOf, peersOf, type CompiledCluster } from './compile.ts'
import type { PolicyDocument } from './document.ts'
import { labelKeysOf } from './label-keys.ts'
import type { PodRecord } from './pod-record.ts'

/**
 * The cluster with classes that the policy does not cut in two: those of which it tells pods apart, by a label or a block that none asked for before,
 * are split, and each part has the policies that all had. Undefined when pods of the host network are told apart.
 */
export function tellApart(compiled: CompiledCluster, policy: PolicyDocument): CompiledCluster | undefined {
  const { addresses, mentions, classes, columns } = compiled
  const keys = mentionsOf([policy]).podKeys.filter(key => !mentions.podKeys.includes(key))
  const cuts = blocksOf(policy).filter(block => !isWhole(addresses, block))
  if (keys.length === 0 && cuts.length === 0) return compiled
  const finer = {
    mentions: keys.length === 0 ? mentions : { ...mentions, podKeys: [...mentions.podKeys, ...keys].sort() },
    addresses: cuts.length === 0 ? addresses : makeAddressAtoms(cuts, addresses),
  }
  const carriesKey: Carries = pods => keys.some(key => labelKeysOf(pods).has(key))
  const parts = makeParts(keys, carriesKey, addresses, finer.addresses)
  const split = classes.pods.map((pods, id) => parts(pods, columns.atomOfClass[id]!))
  const hosts = split.slice(0, columns.hostClasses)
  if (hosts.some(each => each.length > 1 || each.some(carriesKey))) return undefined
  const added = split.flatMap(([, ...others], from) => others.map(pods => newClass(pods, from, finer)))
  return addClasses(compiled, added, { ...finer, ...kept(compiled, split, carriesKey, finer) })
}

type Parts = readonly (readonly PodRecord[])[]
type Carries = (pods: readonly PodRecord[]) => boolean

/** Of pods that were one class, whose addresses are of one of the coarser atoms. */
function makeParts(
  keys: readonly string[],
  carriesKey: Carries,
  coarser: AddressAtoms,
  finer: AddressAtoms,
): (pods: readonly PodRecord[], atom: number) => Parts {
  const starts = Array.from({ length: coarser.count }, (_, atom) => finer.atomOf(coarser.first(atom)))
  const isCut = starts.map((start, atom) => (starts[atom + 1] ?? finer.count) - start > 1)
  return (pods, atom) => {
    const byAddress = isCut[atom] === true
    if (!byAddress && !carriesKey(pods)) return [pods]
    return [...Map.groupBy(pods, pod => `${byAddress ? atomOf(pod, finer) : ''}|${projection(pod.labels, keys)}`).values()]
  }
}

const atomOf = ({ address }: PodRecord, addresses: AddressAtoms): number => (address === undefined ? -1 : addresses.atomOf(address))

const newClass = (pods: readonly PodRecord[], from: number, { mentions, addresses }: Pick<Finer, 'mentions' | 'addresses'>): NewClass => ({
  like: pods[0]!,
  thing: thingOf(pods[0]!, mentions),
  atom: atomOf(pods[0]!, addresses),
  pods,
  from,
})

/** Classes keep their first parts. One that has lost its pods stays with the first addresses of those that it had. */
function kept(
  { addresses: coarser, columns: { things, atomOfClass, hostClasses } }: CompiledCluster,
  split: readonly Parts[],
  carriesKey: Carries,
  { mentions, addresses }: Pick<Finer, 'mentions' | 'addresses'>,
): Pick<Finer, 'things' | 'atomOfClass' | 'pods'> {
  const firstOf = (classId: number): PodRecord | undefined => split[classId]![0]?.[0]
  return {
    pods: split.map(([pods = []]) => pods),
    atomOfClass: atomOfClass.map((atom, id) => {
      const pod = firstOf(id)
      if (pod === undefined) return atom < 0 ? -1 : addresses.atomOf(coarser.first(atom))
      return atomOf(pod, addresses)
    }),
    things: things.map(thing => {
      const [pods = []] = thing.classId < hostClasses ? [] : split[thing.classId]!
      return carriesKey(pods) ? { ...thing, labels: thingOf(pods[0]!, mentions).labels } : thing
    }),
  }
}

const blocksOf = ({ rules }: PolicyDocument): Cidr[] =>
  peersOf(rules).flatMap(peer => ('block' in peer ? [peer.block.cidr, ...peer.block.except] : []))

/** Whether the block begins where an atom does, and ends where one does. */
function isWhole(addresses: AddressAtoms, cidr: Cidr): boolean {
  const [first, end] = addresses.span(cidr)
  const start = addresses.first(first)
  if (start.family !== cidr.family || start.value !== cidr.value) return false
  const next = end < addresses.count ? addresses.first(end) : undefined
  const limit = next?.family === cidr.family ? next.value : 1n << (cidr.family === 4 ? 32n : 128n)
  return endOf(cidr) === limit
}
