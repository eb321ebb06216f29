import type { Target } from '#model/change.ts'

const rollouts: Readonly<Record<string, string>> = {
  'k8s/DaemonSet': 'daemonset',
  'k8s/Deployment': 'deployment',
  'k8s/StatefulSet': 'statefulset',
}

/** What a person types to replace a workload's pods. Pods of other owners are deleted, and their owner makes new ones. */
export function restartCommands(target: Target, pods: readonly string[]): readonly string[] {
  const [namespace = '', name = ''] = target.id.split('/')
  const rollout = rollouts[target.kind]
  if (rollout !== undefined) return [`kubectl rollout restart ${rollout}/${word(name)} -n ${word(namespace)}`]
  const names = pods.map(pod => word(pod.split('/').at(-1) ?? pod))
  return names.length === 0 ? [] : [`kubectl delete pod ${names.join(' ')} -n ${word(namespace)}`]
}

/** Names come from input, and the line is made to be pasted into a shell. */
export const word = (name: string): string => (/^[\w.-]+$/.test(name) ? name : `'${name.replaceAll("'", `'\\''`)}'`)
