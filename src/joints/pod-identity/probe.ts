import { defineProbe } from '#joints/define-probe.ts'
import { identityKinds, identityProbe } from '#joints/identity-probe.ts'
import podIdentity from './joint.ts'

/** A pod gets the role of its service account's association from the agent of its node. */
export default defineProbe({
  joint: podIdentity,
  reads: identityKinds,
  prepare: (world, start, settings, number) => identityProbe(world, start, settings, podIdentity.id, number, 'permissions'),
})
