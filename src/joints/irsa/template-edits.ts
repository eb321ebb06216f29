import type { Workload } from '#joints/workloads.ts'
import { removing, type Edit } from '#model/change.ts'
import { environmentOf } from './identity.ts'
import { seatPath, templateSeat } from './judged-shapes.ts'
import { roleVariable, tokenFileVariable, type VolumeMount } from './webhook.ts'

/** Takes variables and mounts out of a container of the template. From the end of each list to its beginning, so that indexes stay true. */
export function removingFrom(
  workload: Workload,
  container: string,
  variables: readonly string[],
  isRemoved: (mount: VolumeMount) => boolean,
): readonly Edit[] {
  const { template } = workload
  const seat = templateSeat(workload, container)
  if (seat === undefined) return []
  const environment = environmentOf(seat.container)
  const remove = (list: 'env' | 'volumeMounts') => (index: number) =>
    removing(template.resource, [...seatPath(template, seat), list, index])
  const indexes = variables.flatMap(name => environment.get(name)?.index ?? []).sort(descending)
  const mounts = (seat.container.volumeMounts ?? []).flatMap((mount, index) => (isRemoved(mount) ? [index] : [])).sort(descending)
  return [...indexes.map(remove('env')), ...mounts.map(remove('volumeMounts'))]
}

/** Takes out what is written by hand of a web identity, so that the webhook adds its own. */
export const withoutIdentity = (workload: Workload, container: string, isRemoved: (mount: VolumeMount) => boolean): readonly Edit[] =>
  removingFrom(workload, container, [roleVariable, tokenFileVariable], isRemoved)

const descending = (a: number, b: number): number => b - a
