import { setting, targetOf } from '#model/change.ts'
import type { Fix } from '#model/verdict.ts'
import type { CompiledAwsAuth } from '#rbac/aws-auth.ts'
import { withoutRolePath } from '#rbac/principal-arn.ts'
import type { AwsAuthResource } from '#joints/rbac.ts'

/** Role ARNs in aws-auth that have a path, in the order of the rows. */
export function pathArns({ roles, faults }: CompiledAwsAuth): readonly string[] {
  const faulty = new Set(
    faults.flatMap(({ list, index, fault }) => (list === 'mapRoles' && fault === 'role ARN with a path' ? [index] : [])),
  )
  return [...roles.values()].filter(({ index }) => faulty.has(index)).map(({ arn }) => arn)
}

/** The same text with each of these ARNs as sessions show it; comments and order stay. */
export function withoutPaths(configMap: AwsAuthResource, arns: readonly string[]): Fix {
  const before = configMap.body.data?.['mapRoles'] ?? ''
  // The longest first: one ARN may begin another.
  const after = arns.toSorted((a, b) => b.length - a.length).reduce((text, arn) => text.replaceAll(arn, withoutRolePath(arn)), before)
  return {
    title: 'name the roles without their paths',
    safe: false,
    changes: [
      {
        target: targetOf(configMap),
        edit: setting(configMap, ['data', 'mapRoles'], after),
        permissions: ['patch configmaps'],
        risk: 'Whoever may assume these roles gets the rights of the rows at once. A role of the same name without a path cannot exist beside them: names are unique in an account.',
      },
    ],
  }
}
