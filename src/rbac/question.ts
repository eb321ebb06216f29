/**
 * What a request asks of an object, as the API server derives it from method and path.
 * https://kubernetes.io/docs/reference/access-authn-authz/authorization/#determine-the-request-verb
 *
 * - `namespace`: absent for cluster-wide requests, which no RoleBinding can allow: a list of all namespaces is one. A request for one Namespace
 *   object has that namespace's name here, so a RoleBinding inside it counts.
 * - `name`: absent where the request carries none. A create of a top-level object and a deletecollection never carry one; a list or watch does
 *   only with the field selector `metadata.name`.
 */
export interface ResourceQuestion {
  readonly verb: string
  /** API group; absent or empty for the core group. */
  readonly group?: string
  /** The plural: `pods`. */
  readonly resource: string
  readonly subresource?: string
  readonly namespace?: string
  readonly name?: string
  /** Instead of a name: some object, whichever. A rule that is limited to names then counts, and the grant says to which. */
  readonly someName?: true
}

/** A request for a path that is no object: `/metrics`, `/healthz/ping`. */
export interface PathQuestion {
  readonly verb: string
  readonly path: string
}

export type Question = ResourceQuestion | PathQuestion

/** A question taken apart once for all rules. */
export interface PreparedQuestion {
  readonly verb: string
  readonly path: string | undefined
  readonly group: string
  /** `pods`, or `pods/log`. */
  readonly resource: string
  /** How a rule names this subresource of every resource: a star, a slash, `log`. */
  readonly anySubresource: string | undefined
  readonly namespace: string
  readonly name: string
  readonly someName: boolean
}

export function prepare(question: Question): PreparedQuestion {
  if ('path' in question)
    return {
      verb: question.verb,
      path: question.path,
      group: '',
      resource: '',
      anySubresource: undefined,
      namespace: '',
      name: '',
      someName: false,
    }
  const { verb, group = '', resource, subresource = '', namespace = '', name = '' } = question
  const carriesNoName = verb === 'deletecollection' || (verb === 'create' && subresource === '')
  return {
    verb,
    path: undefined,
    group,
    resource: subresource === '' ? resource : `${resource}/${subresource}`,
    anySubresource: subresource === '' ? undefined : `*/${subresource}`,
    namespace,
    name,
    someName: question.someName === true && name === '' && !carriesNoName,
  }
}
