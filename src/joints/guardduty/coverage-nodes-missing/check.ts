import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { daemonSetId, daemonSetOf } from '../agent.ts'
import { coverageOf } from '../coverage.ts'
import { nodesToCover, type Node } from '../nodes.ts'

export default defineCheck({
  id: 'guardduty/coverage-nodes-missing',
  title: 'GuardDuty covers fewer nodes than a cluster has',
  severity: 'high',
  since: '0.1.0',
  subject: 'aws/eks/Cluster',
  reads: ['aws/guardduty/Coverage', 'k8s/DaemonSet', 'k8s/Node'],
  sources: ['https://docs.aws.amazon.com/guardduty/latest/APIReference/API_CoverageEksClusterDetails.html'],

  test({ subject: cluster, world }) {
    const daemonSet = daemonSetOf(world, cluster)
    if (daemonSet === undefined) return skip(`the cluster has no DaemonSet ${daemonSetId}`)
    const coverage = coverageOf(world, cluster)
    if (coverage.body.CoverageStatus !== 'HEALTHY') return skip('guardduty/coverage-unhealthy says so')
    const covered = coverage.body.ResourceDetails?.EksClusterDetails?.CoveredNodes
    if (covered === undefined) return skip('GuardDuty does not tell how many nodes it covers')
    const nodes = nodesToCover(world, daemonSet).filter(node => isOlderThan(node, String(coverage.body.UpdatedAt ?? '')))
    const at = coverage.at(['ResourceDetails', 'EksClusterDetails', 'CoveredNodes'], `GuardDuty covers ${covered}`)
    const [first] = nodes
    if (first === undefined) return skip('the cluster has no node that was there when GuardDuty looked')
    if (covered >= nodes.length) return pass(at, daemonSet.at(['metadata', 'name'], 'the agent'), first.at(['metadata', 'name'], 'a node'))
    return fail({
      message: `GuardDuty covers ${covered} of the ${nodes.length} nodes that cluster ${cluster.body.name} had when it looked`,
      evidence: [at, first.at(['metadata', 'name'], 'one of the nodes'), daemonSet.at(['metadata', 'name'], 'the agent is to be on each')],
      effect: 'GuardDuty calls the coverage healthy, and hears nothing of the other nodes.',
      help: 'Compare the nodes with the agent’s pods (kubectl get pods -n amazon-guardduty -o wide); on a node whose pod is ready look at its log for what it cannot send.',
    })
  },
})

/** A node that joined after GuardDuty looked is not counted. Times that are not told count as before. */
function isOlderThan({ body }: Node, looked: string): boolean {
  const [made, at] = [Date.parse(String(body.metadata.creationTimestamp ?? '')), Date.parse(looked)]
  return Number.isNaN(made) || Number.isNaN(at) || made < at
}
