import { Unread } from '#base/errors.ts'
import { policyEngineOf, type PolicyEngineReader } from '#joints/policy-engine.ts'
import { vpcCniOf } from '#joints/vpc-cni.ts'
import type { Resource } from '#model/resource.ts'
import { fail, pass, skip, type Verdict } from '#model/verdict.ts'
import type { Reader } from '#model/world.ts'
import { clusterOf } from './deviation-verdict.ts'

const agentName = 'aws-eks-nodeagent'

/** @throws Unread when the pods of kube-system were not read, or the DaemonSet was not read from a cluster */
export function agentVerdict(world: PolicyEngineReader & Reader<'k8s/Pod'>, subject: Resource<'k8s/DaemonSet'>): Verdict {
  const cluster = clusterOf(subject)
  if (subject !== vpcCniOf(world, cluster)?.daemonSet) return skip('it is not the VPC CNI')
  const { halves, engine } = policyEngineOf(world, cluster)
  if (halves === undefined)
    throw new Unread(
      'unread' in engine ? engine.unread : { kind: subject.kind, id: subject.id, reason: 'it does not say who enforces policies' },
    )
  if (!halves.agent || !halves.controller) return skip('the engine of the VPC CNI is switched off')
  const { status } = subject.body
  if (status === undefined)
    throw new Unread({ kind: subject.kind, id: subject.id, reason: 'it has no status: it was not read from a cluster' })
  const pods = world.list('k8s/Pod', { cluster, namespace: 'kube-system' }).filter(isOurs)
  const stopped = pods.flatMap(pod => {
    const index = pod.body.status?.containerStatuses?.findIndex(({ name, ready }) => name === agentName && !ready) ?? -1
    return index < 0 ? [] : [{ pod, index }]
  })
  const [first, ...others] = stopped
  const nodes = `${status.desiredNumberScheduled} nodes`
  const effect =
    'Pods that start there get no policy in standard mode and do not start in strict mode; those that run keep the addresses that were written last.'
  const help = `Look at the agent's last words: kubectl logs -n kube-system -l k8s-app=aws-node -c ${agentName} --previous.`
  if (first !== undefined) {
    return fail({
      message: `the network policy agent is not ready on ${stopped.map(({ pod }) => pod.body.spec?.nodeName ?? pod.id).join(', ')}`,
      evidence: [first, ...others.slice(0, 2)].map(({ pod, index }) =>
        pod.at(['status', 'containerStatuses', index, 'ready'], 'the agent of this node is not ready'),
      ) as [ReturnType<Resource['at']>],
      effect,
      help,
    })
  }
  if (status.numberReady < status.desiredNumberScheduled) {
    return fail({
      message: `the network policy agent runs on ${status.numberReady} of ${nodes}`,
      evidence: [subject.at(['status', 'numberReady'], `of ${nodes} that should run it`)],
      effect,
      help,
    })
  }
  return pass(subject.at(['status', 'numberReady'], 'the agent runs on every node'))
}

const isOurs = ({ body }: Resource<'k8s/Pod'>): boolean =>
  body.metadata.ownerReferences?.some(({ kind, name }) => kind === 'DaemonSet' && name === 'aws-node') === true
