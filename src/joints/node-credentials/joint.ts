import { defineJoint } from '#joints/define.ts'
import imdsIpv6Open from './imds-ipv6-open/check.ts'
import imdsReachableByPods from './imds-reachable-by-pods/check.ts'
import imdsV1Enabled from './imds-v1-enabled/check.ts'
import nodeRoleExcessive from './node-role-excessive/check.ts'
import nodeRoleUsedByPods from './node-role-used-by-pods/check.ts'
import staticCredentialsInPods from './static-credentials-in-pods/check.ts'

/** Every check stands on its own: whoever reaches the node's role does so without a chain of settings. */
export default defineJoint({
  id: 'node-credentials',
  title: 'Node credentials',
  reads: [],
  links: [],
  safe: [imdsV1Enabled, imdsReachableByPods, imdsIpv6Open, staticCredentialsInPods, nodeRoleExcessive, nodeRoleUsedByPods],

  starts: () => [],
})
