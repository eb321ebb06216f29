import type { Fault } from './fault.ts'
import { faultOf, saidOf } from './fault-rows.ts'
import { awsFaults } from './faults-secrets-aws.ts'
import { classFaults } from './faults-secrets-class.ts'
import { nodeFaults } from './faults-secrets-node.ts'
import { rotationFaults } from './faults-secrets-rotation.ts'
import { notMounted, type Who } from './mounted-secret.ts'
import type { WorldEditor } from './world-editor.ts'

const whos: readonly Who[] = [
  { name: 'receipts', secret: 'orders/smtp', suffix: 'Gh45Jk', version: '2b1f0c4e-8a37-4f0b-9d51-6c2e7a90d318' },
  { name: 'tax', secret: 'orders/tax-rates', suffix: 'Qw89Zx', version: '9e7d1a52-3c68-4b1f-8f02-1d4b6e5a7c90' },
]

const rows = [...nodeFaults, ...classFaults, ...awsFaults, ...rotationFaults].map(row => ({
  ...row,
  breaks: (world: WorldEditor, who: Who) => {
    if (saidOf(row, who).some(each => 'event' in each && each.event === 'FailedMount')) notMounted(world, who)
    return row.breaks(world, who)
  },
}))

export const secretsFaults: readonly Fault[] = whos.flatMap(who =>
  rows.map(faultOf({ title: `secrets ${who.name}`, joint: 'secrets-store', of: `deploy/${who.name} in orders` }, who)),
)
