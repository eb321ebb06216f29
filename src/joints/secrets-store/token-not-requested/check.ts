import { does } from '#joints/component-versions/define.ts'
import { awsProvider } from '#joints/component-versions/secrets-store.ts'
import { defineCheck } from '#joints/define.ts'
import { workloadKinds } from '#joints/workloads.ts'
import { setting, targetOf } from '#model/change.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { keeperOf, providersIn, versionedText, versionOf } from '../installed.ts'
import { driverName } from '../mounts.ts'
import { neededAudiences } from '../token-audiences.ts'

export default defineCheck({
  id: 'secrets-store/token-not-requested',
  title: 'The CSIDriver requests no token for the audience that the AWS provider needs',
  severity: 'critical',
  since: '0.1.0',
  subject: 'k8s/CSIDriver',
  reads: [...workloadKinds, 'k8s/SecretProviderClass'],
  sources: [
    'https://github.com/aws/secrets-store-csi-driver-provider-aws/blob/main/utils/token_parser.go',
    'https://kubernetes-csi.github.io/docs/token-requests.html',
  ],

  test({ subject: csiDriver, world }) {
    if (csiDriver.body.metadata.name !== driverName) return skip('it is another driver')
    const cluster = 'cluster' in csiDriver.scope ? csiDriver.scope.cluster : ''
    const needed = neededAudiences(world, cluster)
    const [first] = needed
    if (first === undefined) return skip('no volume mounts a class of AWS')
    const requests = csiDriver.body.spec.tokenRequests ?? []
    const missing = needed.filter(({ audience }) => !requests.some(request => request.audience === audience))
    const [lacks] = missing
    if (lacks === undefined)
      return pass(
        csiDriver.at(['spec', 'tokenRequests'], 'a token is requested for each audience'),
        ...needed.map(({ at }) => at('asks for one of them')),
      )
    const [provider] = providersIn(world, cluster)
    if (provider === undefined) return skip('the cluster has no AWS provider: secrets-store/provider-missing says so')
    if (!does(awsProvider, versionOf(provider), 'takes-tokens-of-driver'))
      return pass(provider.image('this version makes tokens itself'), ...needed.map(({ at }) => at('asks for one')))
    const audiences = missing.map(({ audience }) => audience).join(' and ')
    const keeper = keeperOf(csiDriver)
    const after = [...requests, ...missing.map(({ audience }) => ({ audience }))]
    const change = {
      target: targetOf(csiDriver),
      edit: setting(csiDriver, ['spec', 'tokenRequests'], after),
      permissions: ['patch csidrivers'],
      risk: 'Pods that wait are mounted when they are made anew; nothing changes for others.',
    }
    return fail({
      message: `CSIDriver ${driverName} requests no token for ${audiences}, which provider${versionedText(provider)} takes from it`,
      evidence: [
        requests.length === 0
          ? csiDriver.at(['spec'], 'it requests no tokens')
          : csiDriver.at(['spec', 'tokenRequests'], `it requests none for ${lacks.audience}`),
        provider.image('since 3.0.0 the provider makes no tokens itself'),
        ...missing.map(({ at, audience }) => at(`needs a token for ${audience}`)),
      ],
      effect: `Every pod that mounts such a class waits in ContainerCreating: ${requests.length === 0 ? 'CSI token error: serviceAccount.tokens not provided' : `token for audience "${lacks.audience}" not found`} - ensure tokenRequests is configured in CSIDriver.`,
      ...(keeper === undefined
        ? { fix: { title: `request tokens for ${audiences}`, safe: true, changes: [change] } }
        : {
            help: `Set tokenRequests to sts.amazonaws.com and pods.eks.amazonaws.com in the values of ${keeper}, which would take back an edit; then delete the pods that wait.`,
          }),
    })
  },
})
