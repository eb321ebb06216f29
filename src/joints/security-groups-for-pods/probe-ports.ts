import type { Container, PodShape } from '#joints/workloads.ts'
import type { Path } from '#model/place.ts'
import { networkProbes } from './probes.ts'

/** A port of the pod to which the kubelet connects, and the probe that says so. */
export interface ProbePort {
  readonly port: number
  readonly path: Path
}

/**
 * Each port once. Probes of another host than the pod are left out, and so are names that no port of the container has, which the kubelet refuses.
 * https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/
 */
export function probePorts(shape: PodShape): readonly ProbePort[] {
  const found = new Map<number, ProbePort>()
  for (const { path, kind } of networkProbes(shape)) {
    const [group, index, name] = path.slice(-4, -1) as ['containers' | 'initContainers', number, 'livenessProbe']
    const container = shape.spec[group]?.[index]
    const action = container?.[name]?.[kind]
    if (container === undefined || action === undefined || ('host' in action && action.host !== undefined && action.host !== '')) continue
    const port = numberOf(container, action.port)
    if (port !== undefined && !found.has(port)) found.set(port, { port, path: [...path, 'port'] })
  }
  return [...found.values()]
}

function numberOf({ ports = [] }: Container, port: unknown): number | undefined {
  if (typeof port === 'number') return port
  if (typeof port !== 'string') return undefined
  return /^\d+$/.test(port) ? Number(port) : ports.find(({ name }) => name === port)?.containerPort
}
