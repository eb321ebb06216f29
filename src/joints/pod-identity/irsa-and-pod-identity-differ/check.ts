import { defineCheck } from '#joints/define.ts'
import { removing, targetOf } from '#model/change.ts'
import type { Resource } from '#model/resource.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { annotation, annotationPath, roleArnOf as annotatedRole } from '../../irsa/service-account.ts'
import { associationOf, roleArnOf } from '../association.ts'

export default defineCheck({
  id: 'pod-identity/irsa-and-pod-identity-differ',
  title: 'A service account is annotated with one role and associated with another',
  severity: 'medium',
  since: '0.1.0',
  subject: 'k8s/ServiceAccount',
  reads: ['aws/eks/Cluster', 'aws/eks/PodIdentityAssociation'],
  sources: [
    'https://github.com/aws/amazon-eks-pod-identity-webhook/blob/master/pkg/handler/handler.go',
    'https://docs.aws.amazon.com/eks/latest/userguide/service-accounts.html',
  ],

  test({ subject: serviceAccount, world }) {
    const annotated = annotatedRole(serviceAccount)
    if (annotated === undefined) return skip('the service account is not annotated with a role')
    const { namespace, name } = serviceAccount.body.metadata
    const cluster = 'cluster' in serviceAccount.scope ? serviceAccount.scope.cluster : ''
    const association = associationOf(world, { cluster, namespace, name })
    if (association === undefined) return skip('the service account has no association')
    const associated = roleArnOf(association)
    if (annotated === associated) return pass(association.at(['roleArn'], 'the role of the annotation'))

    const resource = serviceAccount as unknown as Resource
    const path = annotationPath(annotation.roleArn)
    return fail({
      message: `service account ${serviceAccount.id} is annotated with role ${nameOf(annotated)} and associated with role ${nameOf(associated)}`,
      evidence: [
        association.at(['roleArn'], 'new pods get this role'),
        serviceAccount.at(path, 'and never this one, however it is changed'),
      ],
      effect:
        'The webhook injects for the association alone. Pods from before it still use the annotated role, so pods of one workload can act as two roles.',
      fix: {
        title: 'remove the annotation, which new pods do not use',
        safe: false,
        changes: [
          {
            target: targetOf(resource),
            edit: removing(resource, path),
            permissions: ['patch serviceaccounts'],
            risk: 'If the association is deleted later, pods no longer fall back on the annotated role. Check first that the associated role is the one that is meant.',
          },
        ],
      },
    })
  },
})

const nameOf = (arn: string): string => arn.slice(arn.lastIndexOf('/') + 1)
