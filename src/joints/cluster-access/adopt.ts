import { Unread } from '#base/errors.ts'
import { ownOf } from '#joints/clusters.ts'
import { defineAdoption, nowhere } from '#joints/define-adoption.ts'

/** The access entries that somebody made: those of nodes and of AWS's own services are AWS's. https://docs.aws.amazon.com/eks/latest/userguide/creating-access-entries.html */
export default defineAdoption({
  fills: 'access',
  reads: ['aws/eks/AccessEntry'],
  adopt(world, cluster) {
    const { name } = cluster.body
    const entries = world.where('aws/eks/AccessEntry', 'cluster', name, ownOf(cluster))
    const own = entries.filter(({ body }) => body.type === 'STANDARD' && !body.principalArn.includes(':role/aws-service-role/'))
    const access = own.map(({ kind, id, body: { principalArn, kubernetesGroups = [], associatedAccessPolicies } }) => {
      if (associatedAccessPolicies === undefined) throw new Unread({ kind, id, reason: 'access entry read without its policies' })
      const policies = associatedAccessPolicies.map(({ policyArn = '', accessScope }) => ({
        name: policyArn.slice(policyArn.lastIndexOf('/') + 1),
        namespaces: accessScope?.type === 'namespace' ? (accessScope.namespaces ?? []) : [],
      }))
      return { principalArn, groups: kubernetesGroups, policies, where: nowhere }
    })
    return access.length === 0 ? undefined : { part: { access }, remarks: [] }
  },
})
