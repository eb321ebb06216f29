import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { NodeCoordinates } from '../coordinates.ts'
import { apply } from '../irsa/workloads.ts'
import type { Lab } from '../lab.ts'
import { pauseImage } from '../node/configuration.ts'
import { startDaemon } from '../process/daemon.ts'
import { run } from '../process/run.ts'

const name = 'eks-pod-identity-agent'
const labels = { 'app.kubernetes.io/name': name }
const address = '169.254.170.23'

/** The DaemonSet as EKS has it. Its pods do nothing: who answers is a process of ours in the network of the node. */
const daemonSet = {
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  metadata: { name, namespace: 'kube-system' },
  spec: {
    selector: { matchLabels: labels },
    template: {
      metadata: { labels },
      spec: { hostNetwork: true, containers: [{ name, image: pauseImage, imagePullPolicy: 'IfNotPresent' }] },
    },
  },
}

/** Lets pods get the roles of their associations, as on EKS; the webhook of the lab lets them ask. Answers what takes it away again. */
export async function installPodIdentity(lab: Lab & { readonly node: NodeCoordinates }): Promise<() => Promise<void>> {
  const { node, runDirectory, clusterName } = lab
  const inNode = ['nsenter', '--target', String(node.namespacesOf), '--net', '--'] as const
  await run([...inNode, 'ip', 'address', 'replace', `${address}/32`, 'dev', 'lo'])
  const program = fileURLToPath(new URL('agent.ts', import.meta.url))
  const agent = await startDaemon({
    name,
    command: [...inNode, process.execPath, program, node.awsEndpoint, clusterName],
    env: {},
    cwd: runDirectory,
    log: join(runDirectory, 'log', `${name}.log`),
  })
  await apply(lab, [daemonSet])
  await lab.kubectl('rollout', 'status', `daemonset/${name}`, '-n', 'kube-system', '--timeout=60s')
  return async () => {
    await agent.stop()
    await run([...inNode, 'ip', 'address', 'delete', `${address}/32`, 'dev', 'lo'])
    await lab.kubectl('delete', 'daemonset', name, '-n', 'kube-system', '--wait=false')
  }
}
