import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { foldersOf } from '../folders.ts'
import { driversIn, providersIn } from '../installed.ts'

export default defineCheck({
  id: 'secrets-store/provider-folder-differs',
  title: 'The AWS provider listens in a folder of the node in which the driver does not look',
  severity: 'critical',
  since: '0.1.0',
  subject: 'k8s/DaemonSet',
  reads: [],
  sources: [
    'https://github.com/kubernetes-sigs/secrets-store-csi-driver/blob/v1.6.0/pkg/secrets-store/provider_client.go',
    'https://github.com/aws/secrets-store-csi-driver-provider-aws/blob/main/main.go',
  ],

  test({ subject: daemonSet, world }) {
    const cluster = 'cluster' in daemonSet.scope ? daemonSet.scope.cluster : ''
    const provider = providersIn(world, cluster).find(each => each.daemonSet === daemonSet)
    if (provider === undefined) return skip('it is not the AWS provider')
    const [driver] = driversIn(world, cluster)
    if (driver === undefined) return skip('the cluster has no driver: secrets-store/driver-missing says so')
    const [own] = foldersOf(provider)
    const looked = foldersOf(driver)
    const shared = looked.find(({ host }) => host !== undefined && host === own?.host)
    if (own === undefined) return skip('it names no folder')
    if (shared !== undefined) return pass(own.at('the provider listens here'), shared.at('the driver looks here'))
    return fail({
      message: `provider ${daemonSet.id} listens in ${own.host ?? `${own.folder} of its container alone`}, and driver ${driver.daemonSet.id} looks in ${looked.map(({ host, folder }) => host ?? `${folder} of its container alone`).join(' and ')}`,
      evidence: [own.at('the provider listens here'), ...looked.map(({ at }) => at('the driver looks here'))],
      effect: 'The driver finds no provider on any node: error connecting to provider "aws": provider not found: provider "aws".',
      help: 'Give both the same folder of the node: --provider-volume and its hostPath, providerVolume in the chart of the provider, linux.providersDir in that of the driver.',
    })
  },
})
