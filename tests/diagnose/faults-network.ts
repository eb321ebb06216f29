import type { Fault } from './fault.ts'
import { groupFaults } from './faults-groups.ts'
import { policyFaults } from './faults-policies.ts'

export const networkFaults: readonly Fault[] = [...groupFaults, ...policyFaults].map(({ name, breaks, says, of, link, check }) => ({
  name: `network: ${name}`,
  of: of ?? 'deploy/api in shop',
  breaks,
  says,
  expected: { link, check: `${link.slice(0, link.indexOf('/'))}/${check}` },
}))
