import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { NodeCoordinates } from '../coordinates.ts'
import { apply } from '../irsa/workloads.ts'
import type { Lab } from '../lab.ts'
import { pauseImage } from '../node/configuration.ts'
import { startDaemon } from '../process/daemon.ts'
import { run } from '../process/run.ts'
import { agentDaemonSet, agentName } from './daemon-set.ts'

const address = '169.254.170.23'

/**
 * Lets pods get the roles of their associations, as on EKS; the webhook of the lab lets them ask. The pods of the agent do nothing: who answers is a process
 * of ours in the network of the node. Answers what takes it away again.
 */
export async function installPodIdentity(lab: Lab & { readonly node: NodeCoordinates }): Promise<() => Promise<void>> {
  const { node, runDirectory, clusterName } = lab
  const inNode = ['nsenter', '--target', String(node.namespacesOf), '--net', '--'] as const
  await run([...inNode, 'ip', 'address', 'replace', `${address}/32`, 'dev', 'lo'])
  const program = fileURLToPath(new URL('agent.ts', import.meta.url))
  const agent = await startDaemon({
    name: agentName,
    command: [...inNode, process.execPath, program, node.awsEndpoint, clusterName],
    env: {},
    cwd: runDirectory,
    log: join(runDirectory, 'log', `${agentName}.log`),
  })
  await apply(lab, [agentDaemonSet(pauseImage)])
  await lab.kubectl('rollout', 'status', `daemonset/${agentName}`, '-n', 'kube-system', '--timeout=60s')
  return async () => {
    await agent.stop()
    await run([...inNode, 'ip', 'address', 'delete', `${address}/32`, 'dev', 'lo'])
    await lab.kubectl('delete', 'daemonset', agentName, '-n', 'kube-system', '--wait=false')
  }
}
