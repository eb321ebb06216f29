import type { PodShape } from '#joints/workloads.ts'
import type { Evidence } from '#model/resource.ts'
import { environmentOf } from '../irsa/identity.ts'
import { seatPath } from '../irsa/judged-shapes.ts'
import { containerCredentialsVariables, podIdentityVolume, seatsOf } from '../irsa/webhook.ts'

/** Where a shape shows that it was made for Pod Identity: the volume, else a variable. */
export function injectionEvidence(shape: PodShape, label: string): Evidence {
  const volume = (shape.spec.volumes ?? []).findIndex(({ name }) => name === podIdentityVolume)
  if (volume >= 0) return shape.resource.at([...shape.root, 'spec', 'volumes', volume, 'name'], label)
  for (const seat of seatsOf(shape.spec)) {
    const variable = containerCredentialsVariables.flatMap(name => environmentOf(seat.container).get(name) ?? [])[0]
    if (variable !== undefined) return shape.resource.at([...seatPath(shape, seat), 'env', variable.index, 'name'], label)
  }
  return shape.resource.at(['metadata', 'name'], label)
}
