import { moduleProgram } from '../build/go.ts'

/** Asks the VPC resource controller's own code which security groups a pod gets. */
export const matcher = moduleProgram('security-group-matcher', new URL('matcher/', import.meta.url))
