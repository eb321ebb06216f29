import type { ClusterPolicies } from '#joints/policy-layer.ts'
import { valueAt } from '#model/place.ts'
import type { Deviation } from '#network/policy-layer.ts'

interface Peer {
  readonly namespaceSelector?: object
  readonly podSelector?: object
  readonly namespaces?: object
  readonly pods?: { readonly namespaceSelector?: object; readonly podSelector?: object }
}

const isEmpty = (selector: object | undefined): boolean => selector === undefined || Object.keys(selector).length === 0

/** Whether the peer leaves somebody out. One that is every pod of every namespace admits all nodes' pods anyway. */
export function isNarrow({ find }: ClusterPolicies, { at, error }: Deviation): boolean {
  const peer = valueAt(find(at.kind, at.id)?.body, at.path) as Peer | undefined
  if (peer === undefined || error !== 'opens') return true
  const namespaces = peer.namespaceSelector ?? peer.namespaces ?? peer.pods?.namespaceSelector
  return namespaces === undefined || !isEmpty(namespaces) || !isEmpty(peer.podSelector ?? peer.pods?.podSelector)
}
