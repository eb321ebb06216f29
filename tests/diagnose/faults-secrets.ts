import type { Fault } from './fault.ts'
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

const templates = [...nodeFaults, ...classFaults, ...awsFaults, ...rotationFaults]

const named = (name: string): `${string}/${string}` =>
  (name.startsWith('../') ? name.slice(3) : `secrets-store/${name}`) as `${string}/${string}`

export const secretsFaults: readonly Fault[] = whos.flatMap(who =>
  templates.map(({ name, breaks, says, link, check }) => ({
    name: `secrets ${who.name}: ${name}`,
    of: `deploy/${who.name} in orders`,
    breaks: (world: WorldEditor) => {
      if (says(who).some(each => 'event' in each && each.event === 'FailedMount')) notMounted(world, who)
      return breaks(world, who)
    },
    says: says(who),
    expected: { link: named(link), check: named(check) },
  })),
)
