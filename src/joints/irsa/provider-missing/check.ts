import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { nearProvider, providerChange } from '../provider.ts'
import { annotation, annotationPath, parseRoleArn, roleArnOf } from '../service-account.ts'
import { tokenFor } from '../token.ts'

export default defineCheck({
  id: 'irsa/provider-missing',
  title: "The role's account has no OIDC provider for the cluster",
  severity: 'high',
  since: '0.1.0',
  subject: 'k8s/ServiceAccount',
  reads: ['aws/eks/Cluster', 'aws/iam/OpenIDConnectProvider'],
  sources: [
    'https://docs.aws.amazon.com/eks/latest/userguide/enable-iam-roles-for-service-accounts.html',
    'https://docs.aws.amazon.com/eks/latest/userguide/cross-account-access.html',
  ],

  test({ subject: serviceAccount, world }) {
    const arn = roleArnOf(serviceAccount)
    if (arn === undefined) return skip('the service account names no role')
    const role = parseRoleArn(arn)
    if (role === undefined) return skip('the role ARN is malformed')

    const token = tokenFor(world, serviceAccount, role)
    const provider = world.find('aws/iam/OpenIDConnectProvider', token.provider)
    if (provider !== undefined)
      return pass(provider.at(['Arn'], 'the provider exists'), token.cluster.at(['identity', 'oidc', 'issuer'], 'and names this issuer'))

    const near = nearProvider(world, token)
    return fail({
      message: `account ${role.account} has no OIDC provider for the issuer of service account ${serviceAccount.id}`,
      evidence: [
        serviceAccount.at(annotationPath(annotation.roleArn), 'the provider must stand in the account of this role'),
        token.cluster.at(['identity', 'oidc', 'issuer'], 'no provider there names this issuer'),
        ...(near === undefined ? [] : [near]),
      ],
      effect: 'AssumeRoleWithWebIdentity answers "No OpenIDConnect provider found in your account", so pods get no AWS credentials.',
      fix: { title: 'create the provider', safe: false, changes: [providerChange(token, role)] },
    })
  },
})
