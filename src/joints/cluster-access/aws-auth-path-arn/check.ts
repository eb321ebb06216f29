import { eksCluster } from '#joints/clusters.ts'
import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { compileAwsAuth } from '#rbac/aws-auth.ts'
import { parsedAwsAuth } from '#joints/rbac.ts'
import { pathArns, withoutPaths } from '../role-paths.ts'

export default defineCheck({
  id: 'cluster-access/aws-auth-path-arn',
  title: 'aws-auth names a role by an ARN with a path, which never matches',
  severity: 'medium',
  since: '0.1.0',
  subject: 'k8s/ConfigMap',
  reads: ['aws/eks/Cluster'],
  sources: [
    'https://docs.aws.amazon.com/eks/latest/userguide/auth-configmap.html',
    'https://docs.aws.amazon.com/eks/latest/userguide/troubleshooting-iam.html',
  ],

  test({ subject: configMap, world }) {
    const cluster = 'cluster' in configMap.scope ? configMap.scope.cluster : ''
    if (eksCluster(world, cluster)?.body.accessConfig?.authenticationMode === 'API') return skip('the cluster does not ask aws-auth')
    if (configMap.body.data?.['mapRoles'] === undefined) return skip('aws-auth maps no role')
    const at = (label: string) => configMap.at(['data', 'mapRoles'], label, 'key')
    const [first, ...others] = pathArns(compileAwsAuth(parsedAwsAuth(configMap)))
    if (first === undefined) return pass(at('no role is named with a path'))
    return fail({
      message: `aws-auth maps ${first}, and the sessions of a role never show its path`,
      evidence: [
        at(others.length === 0 ? 'one row has a path' : `${others.length + 1} rows have a path: ${[first, ...others].join(', ')}`),
      ],
      effect: 'Whoever comes with the role is not let in, with "You must be logged in to the server", though the row looks right.',
      fix: withoutPaths(configMap, [first, ...others]),
    })
  },
})
