import { editDistance } from '#base/nearest.ts'
import { parseArn } from '#iam/arn.ts'

/** How a text that should name the cluster's issuer misses it. */
export type Straying = 'scheme' | 'slash' | 'port' | 'case' | 'region' | 'cluster' | 'spelling' | 'account' | 'partition' | 'form' | 'other'

const saying: Readonly<Record<Straying, string>> = {
  scheme: 'https:// does not belong here',
  slash: 'the slash at the end does not belong here',
  port: 'the port does not belong here',
  case: 'upper and lower case differ',
  region: 'this is an issuer of another region',
  cluster: "this is another cluster's issuer",
  spelling: 'the issuer is misspelt',
  account: "this is not the role's account",
  partition: "this is not the role's partition",
  form: 'this is not the ARN of a provider',
  other: "this is another provider's issuer",
}

export const strayingText = (how: Straying): string => saying[how]

const decoration: readonly (readonly [Straying, RegExp])[] = [
  ['scheme', /^https?:\/\//i],
  ['slash', /\/+$/],
  ['port', /:\d+(?=\/|$)/],
]

/**
 * `oidc.eks.eu-west-1.amazonaws.com/id/ID`, in China with `.cn`, dual-stack `oidc-eks.eu-west-1.api.aws/id/ID`.
 * https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html
 */
const eksIssuer = /^oidc[.-]eks\.([a-z0-9-]+)\.(?:amazonaws\.com(?:\.cn)?|api\.aws)\/id\/([^/]+)$/i
const eksLike = /^oidc[.-]eks\b/i

/** How `written` misses the issuer that was meant, both without `https://`; undefined when it means something else, such as GitHub's. Equal texts do not stray. */
export function strayIssuer(written: string, issuer: string): Straying | undefined {
  let bare = written
  let how: Straying | undefined
  for (const [straying, pattern] of decoration) {
    const rest = bare.replace(pattern, '')
    if (rest !== bare) how ??= straying
    bare = rest
  }
  if (bare === issuer) return how
  if (bare.toLowerCase() === issuer.toLowerCase()) return how ?? 'case'
  const [, region, id] = eksIssuer.exec(bare) ?? []
  const [, ownRegion, ownId] = eksIssuer.exec(issuer) ?? []
  if (id !== undefined && region !== undefined) return id.toLowerCase() === ownId?.toLowerCase() && region !== ownRegion ? 'region' : 'cluster'
  return eksLike.test(bare) || editDistance(bare, issuer) <= 3 ? 'spelling' : undefined
}

/** The same for a Federated principal, which must be the provider's whole ARN. */
export function strayProvider(written: string, provider: string, issuer: string): Straying | undefined {
  const marker = ':oidc-provider/'
  const at = written.indexOf(marker)
  if (at < 0) return written === issuer || strayIssuer(written, issuer) !== undefined ? 'form' : undefined
  const tail = written.slice(at + marker.length)
  if (tail !== issuer) return strayIssuer(tail, issuer)
  const own = parseArn(provider)
  const other = parseArn(written)
  if (other === undefined || other.service !== 'iam' || other.region !== '') return 'form'
  return other.partition === own?.partition ? 'account' : 'partition'
}

/** The issuer that a provider's ARN names. */
export const issuerInArn = (arn: string): string | undefined => arn.split(':oidc-provider/')[1]
