import { publishedProgram } from '../build/go.ts'
import { versions } from '../versions.ts'

/** Plays nodes and their pods by thousands: no kubelet, no containers, but real objects with the status of running ones. */
export const kwok = publishedProgram('kwok', 'sigs.k8s.io/kwok/cmd/kwok', versions.kwok)
