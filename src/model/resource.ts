import type { Kind, Kinds } from './kinds.ts'
import type { Origin, Path, Place, Spot } from './place.ts'
import { pathText, valueAt } from './place.ts'

/**
 * Kubernetes objects live in a cluster, AWS ones in an account and a region (none for IAM). What EKS keeps of one cluster (associations,
 * access entries, add-ons) lives in the cluster of that name there.
 */
export type Scope = { readonly cluster: string } | { readonly account: string; readonly region?: string; readonly clusterName?: string }

/** A place and a few words. The place is found when it is asked for. */
export interface Evidence {
  readonly resource: Resource
  readonly path: Path
  /** The value at `path` is a text that is YAML itself, and this leads further inside it. */
  readonly inner?: Path
  readonly spot: Spot
  /** In lower case, no full stop: `the token says …`. */
  readonly label: string
}

/** One AWS or Kubernetes object. */
export class Resource<K extends Kind = Kind> {
  readonly kind: K
  /** `namespace/name`, `name`, or an ARN: unique within kind and scope. */
  readonly id: string
  readonly scope: Scope
  readonly body: Kinds[K]
  readonly origin: Origin

  constructor(kind: K, id: string, scope: Scope, body: Kinds[K], origin: Origin) {
    this.kind = kind
    this.id = id
    this.scope = scope
    this.body = body
    this.origin = origin
  }

  /** Evidence about the value at `path`, which must exist: a diagnostic that points at nothing is our bug. */
  at(path: Path, label: string, spot: Spot = 'value'): Evidence {
    if (path.length > 0 && valueAt(this.body, path) === undefined) {
      throw new Error(`${this.kind} ${this.id} has no ${pathText(path)} to point at`)
    }
    return { resource: this, path, spot, label }
  }

  /** Evidence about a value inside a text that is YAML itself. */
  inText(path: Path, inner: Path, label: string, spot: Spot = 'value'): Evidence {
    return { ...this.at(path, label, spot), inner }
  }

  /** The same resource with another body: a mended copy. Places still come from the original. */
  with(body: Kinds[K]): Resource<K> {
    return new Resource(this.kind, this.id, this.scope, body, this.origin)
  }
}

const places = new WeakMap<Evidence, Place>()

/** The cluster that it is of; empty for what is of an account. */
export const clusterOf = ({ scope }: Pick<Resource, 'scope'>): string => ('cluster' in scope ? scope.cluster : '')

/**
 * Where the evidence stands; for a value that a mended copy added, the nearest place that was there before. It is looked for once: findings are put
 * in order by their places before they are told.
 */
export function placeOf(evidence: Evidence): Place {
  const place = places.get(evidence) ?? evidence.resource.origin.locate(evidence.path, evidence.spot, evidence.inner)
  places.set(evidence, place)
  return place
}

/** The scope as one text, for keys and for people: `prod`, `111122223333`, `111122223333/eu-west-1`, `111122223333/eu-west-1/prod`. */
export function scopeText(scope: Scope): string {
  if ('cluster' in scope) return scope.cluster
  return [scope.account, scope.region, scope.clusterName].filter(part => part !== undefined).join('/')
}
