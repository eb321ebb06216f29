import { rolePolicies } from '#joints/access-identity-policies.ts'
import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { accountText, hasPolicy, roleArnOf, sendsTags, untaggedPath } from '../association.ts'
import { podTrustVerdict } from '../pod-trust-verdict.ts'
import { sessionDependence, taggingFix } from '../untagged-session.ts'

export default defineCheck({
  id: 'pod-identity/request-tag-with-tags-disabled',
  title: 'A policy asks for the tags of Pod Identity sessions, and the association sends none',
  severity: 'high',
  severities: ['medium'],
  since: '0.1.0',
  subject: 'aws/eks/PodIdentityAssociation',
  reads: ['aws/iam/Group', 'aws/iam/Policy', 'aws/iam/Role', 'aws/iam/User'],
  sources: [
    'https://docs.aws.amazon.com/eks/latest/userguide/pod-id-abac.html',
    'https://docs.aws.amazon.com/eks/latest/APIReference/API_CreatePodIdentityAssociation.html',
  ],

  test({ subject: association, world }) {
    const arn = roleArnOf(association)
    if (sendsTags(association)) return pass(association.at(['roleArn'], 'sessions of this role carry the six tags'))
    const fix = taggingFix(association)
    const help = hasPolicy(association)
      ? 'An association with a session policy cannot send tags: take the condition out of the policy, or the session policy out of the association.'
      : 'Send the tags, or take the condition out of the policy.'
    const off = association.at(
      untaggedPath(association),
      hasPolicy(association) ? 'a session policy leaves no room for tags' : 'so its sessions carry no tags',
    )
    const trust = podTrustVerdict(world, association, 'tags-disabled', ({ role, difference }) => ({
      message: `role ${role.body.RoleName} asks for ${difference?.key ?? 'session tags'}, and the association of ${accountText(association.body)} sends no tags`,
      label: 'no call for this association carries it',
      fix: fix?.title ?? '',
      help,
      also: [off],
      ...(fix === undefined ? {} : { changes: fix.changes }),
    }))
    if (trust.is !== 'pass') return trust

    const role = world.find('aws/iam/Role', association.body.targetRoleArn ?? arn)
    if (role === undefined) return skip('the target role does not exist')
    const found = sessionDependence(role, rolePolicies(world, role).identity)
    if (found === undefined) return trust
    return fail({
      message: `${found.name} asks for ${found.key}, and the association of ${accountText(association.body)} sends no tags`,
      evidence: [found.at, off],
      effect:
        found.effect === 'Allow'
          ? 'The statement never matches, so what it is to allow is denied.'
          : 'The Deny always matches, so what it is to except is denied too.',
      severity: 'medium',
      ...(fix === undefined ? { help } : { fix }),
    })
  },
})
