import { defineProbe } from '#joints/define-probe.ts'
import { identityKinds, identityProbe } from '#joints/identity-probe.ts'
import irsa from './joint.ts'

/** A pod gets the role of its service account by a token of the cluster. */
export default defineProbe({
  joint: irsa,
  reads: identityKinds,
  prepare: (world, start, settings, number) => identityProbe(world, start, settings, irsa.id, number, 'permissions'),
})
