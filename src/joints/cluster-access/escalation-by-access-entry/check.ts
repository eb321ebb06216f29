import { defineCheck } from '#joints/define.ts'
import { rbacKinds } from '#joints/rbac.ts'
import { adminRightOf } from '../cluster-admins.ts'
import { clustersBeside, escalationKinds, escalationVerdict, may, placesOf } from '../escalation.ts'

export default defineCheck({
  id: 'cluster-access/escalation-by-access-entry',
  title: 'A role that pods get may make itself administrator of a cluster',
  severity: 'critical',
  since: '0.1.0',
  subject: 'aws/iam/Role',
  reads: [...escalationKinds, ...rbacKinds],
  sources: [
    'https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelastickubernetesservice.html',
    'https://docs.aws.amazon.com/eks/latest/userguide/access-policies.html',
  ],

  test({ subject: role, world }) {
    const say = {
      way: 'may associate an access policy with itself and become administrator of',
      effect:
        'Whoever gets into one of its pods gives the role AmazonEKSClusterAdminPolicy, and with the cluster has the AWS roles of all its pods.',
      help: 'Take eks:AssociateAccessPolicy away, or limit it by conditions on eks:policyArn and eks:accessScope, and eks:CreateAccessEntry by eks:principalArn.',
    }
    return escalationVerdict(world, role, say, search => {
      const [, partition = 'aws', , , account = ''] = role.id.split(':')
      for (const cluster of clustersBeside(world, search, role)) {
        const mode = cluster.body.accessConfig?.authenticationMode ?? 'CONFIG_MAP'
        if (mode === 'CONFIG_MAP' || adminRightOf(world, role.id)?.cluster === cluster.body.name) continue
        const entry = world
          .seen('aws/eks/AccessEntry')
          .find(({ body }) => body.clusterName === cluster.body.name && body.principalArn === role.id)
        const create =
          entry === undefined
            ? may(world, search, role, {
                action: 'eks:CreateAccessEntry',
                resource: cluster.id,
                context: {
                  'eks:principalArn': role.id,
                  'eks:accessEntryType': 'STANDARD',
                  'eks:kubernetesGroups': null,
                  'eks:username': null,
                  'eks:policyArn': null,
                  'eks:accessScope': null,
                  'eks:namespaces': null,
                },
              })
            : { at: undefined }
        if (create === undefined) continue
        const prefix = cluster.id.replace(/:cluster\/.*$/, '')
        const associate = may(world, search, role, {
          action: 'eks:AssociateAccessPolicy',
          resource: entry?.id ?? `${prefix}:access-entry/${cluster.body.name}/role/${account}/${role.body.RoleName}/mortise-probe`,
          context: {
            'eks:policyArn': `arn:${partition}:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy`,
            'eks:accessScope': 'cluster',
            'eks:namespaces': null,
            'eks:principalArn': role.id,
            'eks:clusterName': cluster.body.name,
          },
        })
        if (associate !== undefined) search.found.push({ to: `cluster ${cluster.body.name}`, evidence: placesOf(create, associate) })
      }
    })
  },
})
