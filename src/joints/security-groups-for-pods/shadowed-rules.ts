import { containsCidr } from '#network/addresses.ts'
import type { Direction, DirectionRules, Rule } from '#network/aws/security-group-rules.ts'
import { isAllOf } from '#network/aws/traffic.ts'
import { valueAt, type Path } from '#model/place.ts'
import { readRules } from './group-rules.ts'
import type { Group } from './pod-groups.ts'

/** A rule that lets nothing through which another one of its group does not. */
export interface ShadowedRule {
  readonly direction: Direction
  readonly rule: Rule
  readonly by: Rule
}

/**
 * Rules of which peer and traffic are inside those of one other rule: the same group or prefix list, or a block inside a block. Left out are rules
 * that somebody else keeps or speaks of: those of controllers, and those beside a rule that lets the world in, which is the one to take away.
 * @throws Unread when the group was read without its rules
 */
export function shadowedRules(group: Group): readonly ShadowedRule[] {
  const rules = readRules(group)
  return (['ingress', 'egress'] as const).flatMap(direction =>
    pairsOf(rules[direction], direction)
      .filter(({ rule }) => !isKept(group, rule))
      .sort((a, b) => comparePaths(a.rule.path, b.rule.path))
      .map(pair => ({ ...pair, direction })),
  )
}

interface Pair {
  readonly rule: Rule
  readonly by: Rule
}

function pairsOf({ cidrs, references, prefixLists }: DirectionRules, direction: Direction): readonly Pair[] {
  const wide = direction === 'ingress' ? cidrs.filter(({ cidr }) => cidr.prefix > 0) : cidrs
  return [
    ...inside(cidrs, wide, (outer, inner) => containsCidr(outer.cidr, inner.cidr)),
    ...[
      ...Map.groupBy(
        references.filter(({ isStale }) => !isStale),
        ({ groupId }) => groupId,
      ).values(),
    ].flatMap(same => inside(same, same)),
    ...[...Map.groupBy(prefixLists, ({ prefixListId }) => prefixListId).values()].flatMap(same => inside(same, same)),
  ]
}

/** EC2 has no two rules that are the same: of such in a file neither is reported. */
function inside<R extends Rule>(rules: readonly R[], covers: readonly R[], contains: (outer: R, inner: R) => boolean = () => true): Pair[] {
  const holds = (outer: R, inner: R) => contains(outer, inner) && isAllOf(outer.traffic, inner.traffic)
  return rules.flatMap(rule => {
    const by = covers.find(cover => cover !== rule && holds(cover, rule) && !holds(rule, cover))
    return by === undefined ? [] : [{ rule, by }]
  })
}

/** Written by controllers into the description of a rule; what they wrote they write again. */
const keepers = /^(elbv2\.k8s\.aws\/|kubernetes\.io\/rule\/)/

const isKept = (group: Group, { path }: Rule): boolean => keepers.test(String(valueAt(group.body, [...path, 'Description']) ?? ''))

/** In the order of the document. */
function comparePaths(a: Path, b: Path): number {
  const at = a.findIndex((step, index) => step !== b[index])
  const [x, y] = [a[at], b[at]]
  return typeof x === 'number' && typeof y === 'number' ? x - y : String(x) < String(y) ? -1 : 1
}
