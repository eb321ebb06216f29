import { editDistance } from '#base/nearest.ts'
import { parseArn } from '#iam/arn.ts'

/** How a text that should name the cluster's issuer, or its provider, misses it. */
export type Straying = 'scheme' | 'slash' | 'port' | 'case' | 'region' | 'cluster' | 'spelling' | 'account' | 'partition' | 'form' | 'other'

export interface Stray {
  readonly how: Straying
  /** The wrong part, to stand in a sentence: `region eu-west-2`. */
  readonly part: string
  /** The wrong part beside the right one. Issuers are long and differ in little: say in what. */
  readonly label: string
}

const stray = (how: Straying, part: string, label = `${part} does not belong here`): Stray => ({ how, part, label })

const decoration: readonly (readonly [RegExp, Stray])[] = [
  [/^https?:\/\//i, stray('scheme', 'https://')],
  [/\/+$/, stray('slash', 'a slash at the end', 'the slash at the end does not belong here')],
  [/:\d+(?=\/|$)/, stray('port', 'a port', 'the port does not belong here')],
]

/**
 * `oidc.eks.eu-west-1.amazonaws.com/id/ID`, in China with `.cn`, dual-stack `oidc-eks.eu-west-1.api.aws/id/ID`.
 * https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html
 */
const eksIssuer = /^oidc[.-]eks\.([a-z0-9-]+)\.(?:amazonaws\.com(?:\.cn)?|api\.aws)\/id\/([^/]+)$/i
const eksLike = /^oidc[.-]eks\b/i

/** How `written` misses the issuer, which has no `https://`; undefined when the two are equal, or when it means something else, such as GitHub's. */
export function strayIssuer(written: string, issuer: string): Stray | undefined {
  let bare = written
  let decorated: Stray | undefined
  for (const [pattern, straying] of decoration) {
    const rest = bare.replace(pattern, '')
    if (rest !== bare) decorated ??= straying
    bare = rest
  }
  if (bare === issuer) return decorated
  if (bare.toLowerCase() === issuer.toLowerCase())
    return decorated ?? stray('case', 'another case', `${tail(bare)} in another case than the cluster's ${tail(issuer)}`)
  return otherIssuer(bare, issuer)
}

function otherIssuer(written: string, issuer: string): Stray | undefined {
  const [, region, id] = eksIssuer.exec(written) ?? []
  const [, ownRegion, ownId] = eksIssuer.exec(issuer) ?? []
  if (id !== undefined && region !== undefined) {
    if (id.toLowerCase() !== ownId?.toLowerCase())
      return stray('cluster', `the id of another cluster`, `id ${tail(id)}, this cluster's is ${tail(ownId ?? issuer)}`)
    if (region !== ownRegion) return stray('region', `region ${region}`, `region ${region}, the issuer is in ${ownRegion}`)
  }
  const near = eksLike.test(written) || editDistance(written, issuer) <= 3
  return near ? stray('spelling', 'a misspelt issuer', `the cluster's issuer is ${issuer}`) : undefined
}

/** The same for a Federated principal, which must be the provider's whole ARN. */
export function strayProvider(written: string, provider: string, issuer: string): Stray | undefined {
  const named = issuerInArn(written)
  if (named === undefined) {
    return written === issuer || strayIssuer(written, issuer) !== undefined
      ? stray('form', 'something that is no provider ARN', 'this is not the ARN of a provider')
      : undefined
  }
  if (named !== issuer) return strayIssuer(named, issuer)
  const own = parseArn(provider)
  const other = parseArn(written)
  if (other === undefined || own === undefined || other.service !== 'iam' || other.region !== '')
    return stray('form', 'something that is no provider ARN', 'this is not the ARN of a provider')
  if (other.partition !== own.partition)
    return stray('partition', `partition ${other.partition}`, `partition ${other.partition}, the role's is ${own.partition}`)
  return other.account === own.account
    ? undefined
    : stray('account', `account ${other.account}`, `account ${other.account}, the role's is ${own.account}`)
}

/** A condition key of a provider that has nothing to do with EKS. */
export const foreignIssuer: Stray = stray('other', 'another provider', 'a claim of another provider')

/** The issuer that a provider's ARN names. */
export const issuerInArn = (arn: string): string | undefined => arn.split(':oidc-provider/')[1]

/** What tells issuers apart: the beginning of the id. */
function tail(issuer: string): string {
  const id = issuer.slice(issuer.lastIndexOf('/') + 1)
  return id.length <= 12 ? id : `${id.slice(0, 8)}…`
}
