import { defineCheck } from '#joints/define.ts'
import { trustPath } from '#joints/trust.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { sendsTags } from '../association.ts'
import { podService } from '../pod-trust.ts'
import { conditionFix, openTrust } from '../open-trust.ts'

export default defineCheck({
  id: 'pod-identity/trust-unconditioned',
  title: 'A role trusts EKS Pod Identity for every service account of every cluster in its account',
  severity: 'medium',
  since: '0.1.0',
  subject: 'aws/iam/Role',
  reads: ['aws/eks/PodIdentityAssociation'],
  sources: [
    'https://docs.aws.amazon.com/eks/latest/userguide/pod-id-role.html',
    'https://docs.aws.amazon.com/eks/latest/userguide/pod-id-abac.html',
  ],

  test({ subject: role, world }) {
    const trust = openTrust(role)
    const { policy } = trust
    const at = (statement: number, label: string) => role.at([...trustPath, ...(policy.statements[statement]?.path ?? [])], label)
    if (trust.is === 'not-for-pods') return skip(`the role does not trust ${podService}`)
    if (trust.is === 'conditioned') return pass(at(trust.statement, 'not everybody who may make an association gets the role by this'))
    const associations = world.seen('aws/eks/PodIdentityAssociation').filter(({ body }) => body.roleArn === role.id)
    if (associations.length > 0 && !associations.some(sendsTags))
      return skip('the associations of the role send no tags that a condition could compare')

    const fix = conditionFix(role, trust, associations)
    const [first] = trust.statements
    return fail({
      message: `role ${role.body.RoleName} trusts ${podService} whatever the cluster, namespace and service account`,
      evidence: [
        at(first, 'no condition on the tags that EKS sends'),
        ...associations.slice(0, 1).map(association => association.at(['roleArn'], 'an association that uses the role')),
      ],
      effect: 'Whoever may call eks:CreatePodIdentityAssociation and pass the role can give it to any pod of any cluster in the account.',
      ...(fix === undefined
        ? { help: 'Add a condition on aws:RequestTag/eks-cluster-arn, kubernetes-namespace and kubernetes-service-account.' }
        : { fix }),
    })
  },
})
