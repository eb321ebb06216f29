import { Unread } from '#base/errors.ts'
import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { audienceChange } from '../provider.ts'
import { annotation, annotationPath, parseRoleArn, roleArnOf } from '../service-account.ts'
import { tokenFor } from '../token.ts'

export default defineCheck({
  id: 'irsa/provider-audience-missing',
  title: 'The OIDC provider does not accept the audience of the tokens',
  severity: 'high',
  since: '0.1.0',
  subject: 'k8s/ServiceAccount',
  reads: ['aws/eks/Cluster', 'aws/iam/OpenIDConnectProvider'],
  sources: ['https://docs.aws.amazon.com/IAM/latest/APIReference/API_AddClientIDToOpenIDConnectProvider.html'],

  test({ subject: serviceAccount, world }) {
    const arn = roleArnOf(serviceAccount)
    const role = arn === undefined ? undefined : parseRoleArn(arn)
    if (role === undefined) return skip('the service account names no well-formed role')
    const { provider: providerArn, audience } = tokenFor(world, serviceAccount, role)
    const provider = world.find('aws/iam/OpenIDConnectProvider', providerArn)
    if (provider === undefined) return skip('the provider does not exist')

    const audiences = provider.body.ClientIDList
    if (audiences === undefined)
      throw new Unread({
        kind: provider.kind,
        id: provider.id,
        reason: 'the provider was read without its client ids',
        settle: { by: 'iam', action: 'iam:GetOpenIDConnectProvider' },
      })
    if (audiences.includes(audience)) return pass(provider.at(['ClientIDList', audiences.indexOf(audience)], 'the audience of the tokens'))

    const asked = serviceAccount.body.metadata.annotations?.[annotation.audience] !== undefined
    return fail({
      message: `the provider of the cluster does not accept audience ${audience}, which tokens of service account ${serviceAccount.id} are for`,
      evidence: [
        provider.at(['ClientIDList'], `${audience} is not among these`),
        serviceAccount.at(
          annotationPath(asked ? annotation.audience : annotation.roleArn),
          asked ? 'the tokens are for this audience' : 'no annotation asks for another audience',
        ),
      ],
      effect: 'AssumeRoleWithWebIdentity answers "Incorrect token audience", so pods get no AWS credentials.',
      fix: { title: `accept audience ${audience}`, safe: false, changes: [audienceChange(provider, audiences, audience)] },
    })
  },
})
