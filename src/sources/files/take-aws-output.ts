import type { AwsKind } from '#model/kinds.ts'
import { isMap } from './conform.ts'
import type { Harvest } from './harvest.ts'
import { inside, type Seat } from './seat.ts'
import { takeAws } from './take-aws.ts'

type Output = Record<string, unknown>

/** One output of the AWS CLI, told by its top-level keys. */
interface Recognised {
  readonly when: (output: Output) => boolean
  readonly take: (harvest: Harvest, output: Output, seat: Seat) => void
}

const recognised: readonly Recognised[] = [
  {
    // aws iam get-account-authorization-details
    when: output => ['RoleDetailList', 'UserDetailList', 'GroupDetailList'].some(key => Array.isArray(output[key])),
    take(harvest, output, seat) {
      takeList(harvest, 'aws/iam/Role', output, 'RoleDetailList', seat)
      takeList(harvest, 'aws/iam/Policy', output, 'Policies', seat)
    },
  },
  {
    // aws iam list-roles
    when: output => Array.isArray(output.Roles),
    take: (harvest, output, seat) => takeList(harvest, 'aws/iam/Role', output, 'Roles', seat),
  },
  {
    // aws iam get-role
    when: output => isMap(output.Role) && 'RoleName' in output.Role,
    take: (harvest, output, seat) => void takeAws(harvest, 'aws/iam/Role', output.Role as Output, inside(seat, 'Role')),
  },
  {
    // aws eks describe-cluster
    when: output => isMap(output.cluster) && 'arn' in output.cluster,
    take: (harvest, output, seat) => void takeAws(harvest, 'aws/eks/Cluster', output.cluster as Output, inside(seat, 'cluster')),
  },
  {
    // aws iam list-open-id-connect-providers: names only; their details are joined when everything is read
    when: output => Array.isArray(output.OpenIDConnectProviderList),
    take: (harvest, output, seat) => takeList(harvest, 'aws/iam/OpenIDConnectProvider', output, 'OpenIDConnectProviderList', seat),
  },
  {
    // aws iam get-open-id-connect-provider: it does not say its own ARN
    when: output => typeof output.Url === 'string' && Array.isArray(output.ClientIDList),
    take: (harvest, output, seat) => void harvest.providerDetails.push({ url: output.Url as string, body: output, seat }),
  },
]

/** Takes an output of the AWS CLI. False: it is none that is known. */
export function takeAwsOutput(harvest: Harvest, output: Output, seat: Seat): boolean {
  const found = recognised.find(candidate => candidate.when(output))
  found?.take(harvest, output, seat)
  return found !== undefined
}

/**
 * Takes every item, and the proof that the accounts that occur have no others. An empty list proves nothing: it names no account.
 * A page of a longer answer proves nothing either.
 */
function takeList(harvest: Harvest, kind: AwsKind, output: Output, key: string, seat: Seat): void {
  const items = output[key]
  if (!Array.isArray(items)) return
  const accounts = new Set<string>()
  for (const [index, item] of items.entries()) {
    const body: Output = isMap(item) ? item : {}
    const scope = takeAws(harvest, kind, body, inside(seat, key, index))
    // AWS's own managed policies are listed only as far as they are attached.
    if (scope !== undefined && 'account' in scope && scope.account !== 'aws') accounts.add(scope.account)
  }
  const isPart = output.IsTruncated === true || [output.NextToken, output.Marker].some(token => typeof token === 'string')
  if (!isPart) harvest.read.push(...[...accounts].map(account => ({ kind, scope: { account } })))
}
