import { defineCheck } from '#joints/define.ts'
import { accountText } from '../association.ts'
import { podService } from '../pod-trust.ts'
import { podTrustVerdict } from '../pod-trust-verdict.ts'

export default defineCheck({
  id: 'pod-identity/trust-missing-tag-session',
  title: 'The role lets EKS Pod Identity in, but not with the tags that it sends',
  severity: 'high',
  since: '0.1.0',
  subject: 'aws/eks/PodIdentityAssociation',
  reads: ['aws/iam/Role'],
  sources: [
    'https://docs.aws.amazon.com/eks/latest/userguide/pod-id-role.html',
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html#id_session-tags_permissions-required',
  ],

  test({ subject, world }) {
    return podTrustVerdict(world, subject, 'tag-session', ({ role }) => ({
      message: `role ${role.body.RoleName} allows ${podService} sts:AssumeRole and not sts:TagSession, and the association of ${accountText(subject.body)} sends tags`,
      label: 'sts:TagSession is needed too',
      fix: 'allow sts:TagSession in this statement',
      help: 'Allow sts:TagSession beside sts:AssumeRole.',
    }))
  },
})
