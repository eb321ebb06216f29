import { describe, expect, it } from 'vitest'
import { Resource } from '#model/resource.ts'
import { compileAwsAuth } from '#rbac/aws-auth.ts'
import { parsedAwsAuth } from '#joints/rbac.ts'
import { pathArns, withoutPaths } from './role-paths.ts'

const origin = { locate: () => ({ in: 'api', call: 'test', path: '.', excerpt: '' }) as const }
const arn = (name: string) => `arn:aws:iam::111122223333:role/${name}`

describe('rows with a path', () => {
  it('lose it, one ARN beginning another, and comments stay', () => {
    const text = `# people\n- rolearn: ${arn('a/b')}\n- rolearn: ${arn('a/b/c')}\n- rolearn: ${arn('plain')}\n`
    const configMap = new Resource(
      'k8s/ConfigMap',
      'kube-system/aws-auth',
      { cluster: 'prod' },
      { metadata: { name: 'aws-auth', namespace: 'kube-system' }, data: { mapRoles: text } } as never,
      origin,
    )
    const arns = pathArns(compileAwsAuth(parsedAwsAuth(configMap)))
    expect(arns).toEqual([arn('a/b'), arn('a/b/c')])
    const [change] = withoutPaths(configMap, arns).changes
    expect(change?.edit).toMatchObject({ after: `# people\n- rolearn: ${arn('b')}\n- rolearn: ${arn('c')}\n- rolearn: ${arn('plain')}\n` })
  })
})
