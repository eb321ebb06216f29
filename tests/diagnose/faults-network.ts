import type { Fault } from './fault.ts'
import { faultOf } from './fault-rows.ts'
import { groupFaults } from './faults-groups.ts'
import { policyFaults } from './faults-policies.ts'

export const networkFaults: readonly Fault[] = [...groupFaults, ...policyFaults].map(row =>
  faultOf({ title: 'network', joint: 'network-policy', of: row.of ?? 'deploy/api in shop' }, undefined)(row),
)
