import type { BlueprintWorkload } from '#model/blueprint.ts'

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const longest = 64

/** The role that Mortise makes for a service account of a cluster: the same name each time, and another for each. */
export function roleNameFor(
  clusterArn: string,
  { namespace, serviceAccount }: Pick<BlueprintWorkload, 'namespace' | 'serviceAccount'>,
): { readonly roleName: string; readonly roleArn: string } {
  const [, partition = 'aws', , , account = ''] = clusterArn.split(':')
  const roleName = shortened(`${clusterArn.slice(clusterArn.indexOf('/') + 1)}-${namespace}-${serviceAccount}`, longest)
  return { roleName, roleArn: `arn:${partition}:iam::${account}:role/${roleName}` }
}

/** A name as it is, or cut off and told apart where it is too long. */
export const shortened = (whole: string, most: number): string =>
  whole.length <= most ? whole : `${whole.slice(0, most - 9)}-${shortHash(whole)}`

/** Eight hexadecimal digits, so that names that are cut off at one place differ. FNV-1a: http://www.isthe.com/chongo/tech/comp/fnv/ */
function shortHash(text: string): string {
  let hash = 0x811c9dc5
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0
  return hash.toString(16).padStart(8, '0')
}
