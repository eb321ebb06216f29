import { defineCheck } from '#joints/define.ts'
import { daemonObstacle } from '#joints/scheduling.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { driversIn, keeperOf, providersIn, versionedText } from '../installed.ts'

export default defineCheck({
  id: 'secrets-store/installed-twice',
  title: 'Two DaemonSets run the driver, or the AWS provider, on the same nodes',
  severity: 'high',
  since: '0.1.0',
  subject: 'k8s/DaemonSet',
  reads: ['k8s/Node'],
  sources: [
    'https://docs.aws.amazon.com/eks/latest/userguide/eks-add-ons.html',
    'https://github.com/kubernetes-sigs/secrets-store-csi-driver/blob/v1.6.0/pkg/secrets-store/provider_client.go',
  ],

  test({ subject: daemonSet, world }) {
    const cluster = 'cluster' in daemonSet.scope ? daemonSet.scope.cluster : ''
    const [drivers, providers] = [driversIn(world, cluster), providersIn(world, cluster)]
    const all = drivers.some(each => each.daemonSet === daemonSet) ? drivers : providers
    const own = all.find(each => each.daemonSet === daemonSet)
    if (own === undefined) return skip('it is neither the driver nor the AWS provider')
    const what = all === drivers ? 'driver' : 'AWS provider'
    // Told once, of the one that comes later by name.
    const others = all.filter(each => each.daemonSet.id < daemonSet.id)
    if (others.length === 0) return all.length === 1 ? pass(own.image(`the only ${what}`)) : skip('its finding is that of the other one')
    const spec = daemonSet.body.spec?.template.spec
    for (const node of world.list('k8s/Node', { cluster })) {
      const isHere = spec !== undefined && daemonObstacle(spec, node.body) === undefined
      const other = others.find(each => {
        const theirs = each.daemonSet.body.spec?.template.spec
        return theirs !== undefined && daemonObstacle(theirs, node.body) === undefined
      })
      if (!isHere || other === undefined) continue
      const keepers = [own, other].flatMap(each => keeperOf(each.daemonSet) ?? [])
      return fail({
        message: `${other.daemonSet.id}${versionedText(other)} and ${daemonSet.id}${versionedText(own)} both run the ${what} on node ${node.body.metadata.name}`,
        evidence: [own.image('one'), other.image('the other'), node.at(['metadata', 'name'], 'both run here')],
        effect: `The two take each other's socket away on every node, so which of them answers is chance: ${what === 'driver' ? 'mounts and unmounts go to one that does not know of them' : 'one removes aws.sock of the other when it starts'}.`,
        help: `Keep one: remove the Helm release or the EKS add-on${keepers.length === 0 ? '' : ` (${keepers.join(', ')})`}.`,
        key: other.daemonSet.id,
      })
    }
    return pass(own.image('no node runs both'))
  },
})
