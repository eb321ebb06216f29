import { joints } from './all.ts'
import type { AnyCheck } from './define.ts'

/** A link of a chain, or one check of a joint that draws no chains: what a symptom points at and a tree asks. */
export interface PointedPart {
  readonly id: string
  readonly title: string
  readonly checks: readonly AnyCheck[]
}

/**
 * What `irsa/trust` means: a link; else the one check of that name, with the link that it stands on where it stands on one.
 * @throws Error for a name that means nothing: our bug
 */
export function pointedPart(name: `${string}/${string}`): PointedPart {
  const [jointId, id = ''] = name.split('/')
  const joint = joints.find(each => each.id === jointId)
  const link = joint?.links.find(each => each.id === id)
  if (link !== undefined) return link
  const home = joint?.links.find(({ checks }) => checks.some(check => check.id === name))
  const check = (home?.checks ?? joint?.safe ?? []).find(each => each.id === name)
  if (check === undefined) throw new Error(`${name} is neither a link nor a check`)
  return { id, title: home?.title ?? check.title.charAt(0).toLowerCase() + check.title.slice(1), checks: [check] }
}
