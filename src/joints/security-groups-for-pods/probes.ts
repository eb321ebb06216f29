import type { Container, PodShape } from '#joints/workloads.ts'
import type { Path } from '#model/place.ts'

type Probe = NonNullable<Container['livenessProbe']>

/** A probe with which the kubelet connects to the pod, and where it stands in its resource. */
export interface NetworkProbe {
  readonly path: Path
  readonly kind: 'httpGet' | 'tcpSocket' | 'grpc'
}

const names = ['startupProbe', 'readinessProbe', 'livenessProbe'] as const
const kinds = ['httpGet', 'tcpSocket', 'grpc'] as const

/** Commands (`exec`) run inside the container and meet no network. Init containers that go on running may have probes too. */
export function networkProbes({ root, spec }: PodShape): readonly NetworkProbe[] {
  return (['initContainers', 'containers'] as const).flatMap(group =>
    (spec[group] ?? []).flatMap((container, index) =>
      names.flatMap(name => {
        const probe: Probe | undefined = container[name]
        const kind = kinds.find(candidate => probe?.[candidate] !== undefined)
        return kind === undefined ? [] : [{ path: [...root, 'spec', group, index, name, kind], kind }]
      }),
    ),
  )
}
