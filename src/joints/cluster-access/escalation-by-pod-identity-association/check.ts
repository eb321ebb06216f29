import { defineCheck } from '#joints/define.ts'
import {
  clustersBeside,
  escalationKinds,
  escalationVerdict,
  gain,
  mayPass,
  placesOf,
  roleWithGain,
  rolesBeside,
  within,
} from '../escalation.ts'
import { mayAssociate, passedToEks } from '../association-writes.ts'
import { letsPodIdentityIn } from '../role-bearers.ts'

export default defineCheck({
  id: 'cluster-access/escalation-by-pod-identity-association',
  title: 'A role that pods get may give its pods other roles by an association',
  severity: 'critical',
  severities: ['high'],
  since: '0.1.0',
  subject: 'aws/iam/Role',
  reads: [...escalationKinds],
  sources: [
    'https://docs.aws.amazon.com/eks/latest/APIReference/API_CreatePodIdentityAssociation.html',
    'https://docs.aws.amazon.com/eks/latest/APIReference/API_UpdatePodIdentityAssociation.html',
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html',
  ],

  test({ subject: role, world }) {
    const say = {
      way: 'may create or change Pod Identity associations and pass to them',
      effect: 'Whoever gets into one of its pods associates a service account with another role, and the next pod of that account has it.',
      help: 'Limit iam:PassRole to the roles that it must pass, by Resource; or take eks:CreatePodIdentityAssociation and eks:UpdatePodIdentityAssociation away.',
    }
    return escalationVerdict(world, role, say, (search, bearer) => {
      for (const cluster of clustersBeside(world, search, role)) {
        const write = mayAssociate(world, search, role, bearer, cluster)
        if (write === undefined) continue
        const facts = {
          clusterArn: cluster.id,
          clusterName: cluster.body.name,
          namespace: bearer.namespace,
          serviceAccount: bearer.name,
          isTagged: true,
        }
        for (const other of rolesBeside(world, search, role, 'iam:PassRole')) {
          if (within(search, () => letsPodIdentityIn(other, facts)) !== true) continue
          const passed = mayPass(world, search, role, other, passedToEks)
          if (passed === undefined) continue
          const gained = gain(world, role, other)
          search.found.push({
            to: roleWithGain(other, gained),
            evidence: placesOf(write, passed),
            ...(gained.length === 0 ? { severity: 'high' as const } : {}),
          })
        }
      }
      search.found.sort((a, b) => Number(a.severity !== undefined) - Number(b.severity !== undefined))
    })
  },
})
