import type { Workload } from '#joints/workloads.ts'
import { skip, type Verdict } from '#model/verdict.ts'
import { takenClass, type ParsedReader, type TakenClass } from './classes.ts'
import { mountsOf, type MountReader } from './mounts.ts'
import { settled } from './settled.ts'

/** Asks about every class of AWS that the workload mounts and that the provider takes. */
export const overClasses = (world: MountReader & ParsedReader, workload: Workload, ask: (taken: TakenClass) => Verdict): Verdict =>
  settled(
    mountsOf(world, workload),
    mount => {
      const taken = takenClass(world, mount)
      return taken === undefined ? skip('its class is missing, invalid, or of another provider') : ask(taken)
    },
    'no volume of it is mounted by the Secrets Store CSI driver',
  )
