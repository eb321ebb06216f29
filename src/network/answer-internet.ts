import { addressText } from './addresses.ts'
import { verdictCodes } from './aws/rows.ts'
import { placementOf, type Joined } from './joined-layers.ts'
import type { NetworkEnd } from './find-ends.ts'
import { reasonOf } from './join-layers.ts'
import type { Answer, Question } from './question.ts'

/**
 * The internet is every public address: asked of one address of each run of them that rules of either layer tell apart. Allow and `partial` when
 * only some are open: an opening to a part of the internet is an opening.
 */
export function answerInternet(joined: Joined, question: Question): Answer {
  const isOut = 'internet' in question.to
  const other = isOut ? question.from : question.to
  if ('internet' in other || 'service' in other)
    return { verdict: 'unknown', layers: [], reason: 'one end must be a pod, a node or an address' }
  const inside = joined.ends.find(other)
  // Each of them has a verdict, and only one is told in full.
  const asked = outsiders(joined, inside.aws.family).map(outside => {
    const way = wayOf(inside, outside, isOut, question)
    return { outside, way, code: joined.code(...way, question) }
  })
  const open = asked.filter(({ code }) => verdictCodes[code] === 'allow')
  const example = open[0] ?? asked.find(({ code }) => verdictCodes[code] === 'unknown') ?? asked[0]
  if (example === undefined) return { verdict: 'unknown', layers: [], reason: 'which addresses are public is not known' }
  const path = joined.path(...example.way, question)
  const { layers, verdict } = path
  if (open.length === asked.length || open.length === 0) return { verdict, layers, reason: reasonOf(path) }
  const some = open.slice(0, 3).map(({ outside }) => outside.aws.address)
  const more = open.length > some.length ? ` and ${open.length - some.length} more runs of addresses` : ''
  return { verdict, partial: true, layers, reason: `only for some addresses, such as those from ${some.join(', ')}${more}` }
}

const known = new WeakMap<Joined, Map<4 | 6, readonly NetworkEnd[]>>()

/** Thousands of addresses of pods may lie on the boundaries, so they are looked through once, whoever asks. */
function outsiders(joined: Joined, family: 4 | 6): readonly NetworkEnd[] {
  const byFamily = known.get(joined) ?? new Map<4 | 6, readonly NetworkEnd[]>()
  known.set(joined, byFamily)
  const found = byFamily.get(family) ?? findOutsiders(joined, family)
  byFamily.set(family, found)
  return found
}

/** Runs that policies tell apart and runs that AWS does: each begins at a boundary of one of the two. */
function findOutsiders({ aws, policies, ends }: Joined, family: 4 | 6): readonly NetworkEnd[] {
  const own = aws.internet(family)
  const texts = new Set<string>()
  const { addresses } = policies
  for (let atom = 0; atom < addresses.count; atom++) {
    const first = addresses.first(atom)
    if (first.family === family) texts.add(addressText(first))
  }
  for (const { address } of own) if (address !== undefined) texts.delete(address)
  const found = [...texts].filter(aws.isInternet).map(address => ends.find({ address }))
  const made = own.map((end): NetworkEnd => ({ aws: end, peer: { address: end.address ?? '' }, node: undefined, isUnplaced: false }))
  return [...made, ...found]
}

/** From, to, and whether on one node. */
function wayOf(
  inside: NetworkEnd,
  outside: NetworkEnd,
  isOut: boolean,
  { placement }: Question,
): readonly [NetworkEnd, NetworkEnd, boolean] {
  const [from, to] = isOut ? [inside, outside] : [outside, inside]
  return [from, to, placementOf(from, to, placement) === 'same-node']
}
