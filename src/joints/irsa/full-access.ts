import type { Evidence, Resource } from '#model/resource.ts'

/** A policy of AWS's own that is made for people who run a service, not for a program that uses a part of it. */
export interface FullAccessPolicy {
  /** `AmazonS3FullAccess`. */
  readonly name: string
  readonly at: Evidence
  /** What it opens, to be read after "may do". */
  readonly reach: string
}

/** `…FullAccess`, with a version at its end at times, as in AmazonECSFullAccess_V2. https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html */
const ofOneService = /^arn:[^:]*:iam::aws:policy\/(?:.*\/)?(\w+FullAccess(?:_?[vV]\d+)?)$/
const ofEverything =
  /^arn:[^:]*:iam::aws:policy\/((?:job-function\/)?(?:AdministratorAccess|PowerUserAccess|SystemAdministrator|DatabaseAdministrator|NetworkAdministrator))$/

/** Those attached to the role, widest first. */
export function fullAccessPolicies(role: Resource<'aws/iam/Role'>): readonly FullAccessPolicy[] {
  return (role.body.AttachedManagedPolicies ?? [])
    .flatMap(({ PolicyArn = '' }, index) => {
      const wide = ofEverything.exec(PolicyArn)?.[1]
      const name = wide ?? ofOneService.exec(PolicyArn)?.[1]
      if (name === undefined) return []
      const at = role.at(['AttachedManagedPolicies', index, 'PolicyArn'], 'this opens more than a workload uses')
      const reach = wide === undefined ? 'everything in the service' : 'nearly everything in the account'
      return [{ name: name.slice(name.lastIndexOf('/') + 1), at, reach, isWide: wide !== undefined }]
    })
    .toSorted((a, b) => Number(b.isWide) - Number(a.isWide))
}
