import type { Kind } from '#model/kinds.ts'
import type { Network, PodGroup, Traffic } from '../network.ts'

export interface OpenedOptions {
  readonly groups: readonly PodGroup[]
  readonly traffic: readonly Traffic[]
  /** Of what half of the answer, or of the whole. */
  readonly half: 'aws' | 'kubernetes' | 'verdict'
  /** The documents in which the networks differ, where that is known: only pods that they decide about are treated differently. */
  readonly edited?: readonly { readonly kind: Kind; readonly id: string }[]
}

export interface OpenedPairs {
  readonly opened: readonly (readonly [from: string, to: string])[]
  /** Something that was open is not any more. */
  readonly closes: boolean
  /** Groups that the two networks treat differently. */
  readonly touched: number
}

const rank = { deny: 0, unknown: 1, split: 1, allow: 2 } as const

/** Pairs of groups that one network lets pass and the other does not. Only groups that the two treat differently are asked about. */
export function openedPairs(before: Network, after: Network, { groups, traffic, half, edited }: OpenedOptions): OpenedPairs {
  const isTouched = touchedBy(before, after, edited)
  const touched = groups.filter(isTouched)
  const opened = new Map<string, readonly [string, string]>()
  let closes = false
  const compare = (from: readonly PodGroup[], to: readonly PodGroup[]) => {
    const cells = new Map(before.matrix({ from, to, traffic }).cells.map(cell => [cell.from * to.length + cell.to, cell]))
    for (const cell of after.matrix({ from, to, traffic }).cells) {
      const was = cells.get(cell.from * to.length + cell.to)
      cell.answers.forEach((answer, i) => {
        const change = rank[answer[half]] - rank[was?.answers[i]?.[half] ?? 'deny']
        const pair = [from[cell.from]!.id, to[cell.to]!.id] as const
        if (change > 0) opened.set(pair.join('\n'), pair)
        if (change < 0) closes = true
      })
    }
  }
  if (touched.length > 0) {
    compare(touched, groups)
    compare(
      groups.filter(group => !isTouched(group)),
      touched,
    )
  }
  return { opened: [...opened.values()], closes, touched: touched.length }
}

/** Another class in AWS's layer, or another network policy: one that decides about a pod of the group, or any, when it is not known which. */
function touchedBy(before: Network, after: Network, edited: OpenedOptions['edited']): (group: PodGroup) => boolean {
  const isSamePolicies = before.policies === after.policies
  const isSameAws = before.aws === after.aws
  const keys = new Set(edited?.map(({ kind, id }) => `${kind} ${id}`))
  const isDecided = (pod: string) =>
    [before, after].some(({ policies }) => {
      const own = policies.classOf(pod)?.policies
      return own !== undefined && [...own.ingress, ...own.egress].some(({ kind, id }) => keys.has(`${kind} ${id}`))
    })
  return ({ pods }) =>
    (!isSamePolicies && (edited === undefined || pods.some(isDecided))) ||
    (!isSameAws && pods.some(pod => isOtherLayer(before, after) || before.aws.pod(pod)?.classId !== after.aws.pod(pod)?.classId))
}

/** Classes are numbered alike only in layers that grew out of one another. */
const isOtherLayer = (before: Network, after: Network): boolean => before.aws.lineage !== after.aws.lineage
