import type { Body, WorldEditor } from './world-editor.ts'

/** A workload whose pods begin with its name. */
interface Named {
  readonly name: string
  readonly namespace: string
}

export const isPodOf =
  ({ name, namespace }: Named) =>
  ({ metadata }: Body): boolean =>
    metadata.namespace === namespace && metadata.name.startsWith(`${name}-`)

export const editPods = (world: WorldEditor, workload: Named, change: (body: Body) => void) =>
  world.editAll('k8s/Pod', isPodOf(workload), change)

/** Takes out of a pod what a webhook puts in with this volume, as pods are that it did not see. */
export const withoutInjected =
  (volume: string) =>
  ({ spec }: Body): void => {
    const others = (mounts: Body) => (mounts ?? []).filter(({ name }: Body) => name !== volume)
    for (const container of spec.containers) {
      container.env = (container.env ?? []).filter(({ name }: Body) => !name.startsWith('AWS_'))
      container.volumeMounts = others(container.volumeMounts)
    }
    spec.volumes = others(spec.volumes)
  }

/** Static keys in the environment of every container, of the Deployment and of its pods. */
export function writeKeys(world: WorldEditor, workload: Named): void {
  const keys = [
    { name: 'AWS_ACCESS_KEY_ID', value: 'not-a-real-id' },
    { name: 'AWS_SECRET_ACCESS_KEY', value: 'not-a-real-key' },
  ]
  const write = (spec: Body) => spec.containers.forEach((container: Body) => (container.env = [...(container.env ?? []), ...keys]))
  world.edit('k8s/Deployment', `${workload.namespace}/${workload.name}`, body => write(body.spec.template.spec))
  editPods(world, workload, body => write(body.spec))
}

/** A DaemonSet and its pods, as somebody uninstalls it. */
export const removeDaemon = (world: WorldEditor, daemon: Named) =>
  world.remove('k8s/DaemonSet', `${daemon.namespace}/${daemon.name}`).removeAll('k8s/Pod', isPodOf(daemon))

/** Somebody keeps a node for others: what does not tolerate it runs there no more. */
export const taint = (world: WorldEditor, node: string) =>
  world.edit('k8s/Node', node, ({ spec }) => (spec.taints = [{ key: 'team', value: 'data', effect: 'NoSchedule' }]))
