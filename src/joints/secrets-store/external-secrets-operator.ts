import { Unread } from '#base/errors.ts'
import { parseImage } from '#joints/container-image.ts'
import { perWorld } from '#joints/per-world.ts'
import { workloadKinds, workloadsOf, type Workload } from '#joints/workloads.ts'
import type { Reader } from '#model/world.ts'
import { clusterOf } from '#model/resource.ts'
import type { SecretStore } from './secret-stores.ts'

type OperatorReader = Reader<(typeof workloadKinds)[number]>

/** One image does three works: its subcommands are the two that ask AWS for nothing. https://github.com/external-secrets/external-secrets/tree/main/deploy/charts/external-secrets/templates */
const others: ReadonlySet<string> = new Set(['webhook', 'certcontroller'])

interface Operator {
  readonly workload: Workload
  /** `--controller-class`. */
  readonly controller: string
}

const operators = perWorld((world: OperatorReader): readonly Operator[] =>
  workloadsOf(world).flatMap(workload => operatorIn(workload) ?? []),
)

function operatorIn(workload: Workload): Operator | undefined {
  for (const { image, command = [], args = [] } of workload.template.spec.containers) {
    if (image === undefined || !/(?:^|\/)external-secrets$/.test(parseImage(image).repository)) continue
    const words = [...command, ...args]
    if (words.some(word => others.has(word))) continue
    const flag = words.findIndex(word => /^--controller-class(?:=|$)/.test(word))
    const [, value = words[flag + 1]] = flag < 0 ? ['', 'default'] : (words[flag] ?? '').split('=')
    return { workload, controller: value ?? 'default' }
  }
  return undefined
}

/**
 * The workload whose pods read through a store.
 * @throws Unread when no workload that was read is the one operator that minds it
 */
export function operatorOf(world: OperatorReader, store: SecretStore): Workload {
  const cluster = clusterOf(store)
  const wanted = store.body.spec.controller ?? ''
  const found = operators(world).filter(
    ({ workload, controller }) => workload.cluster === cluster && (wanted === '' || controller === wanted),
  )
  const [only] = found
  if (only !== undefined && found.length === 1) return only.workload
  if (found.length === 0) for (const kind of workloadKinds) world.list(kind, { cluster })
  const reason =
    found.length === 0
      ? 'no workload of the cluster is the External Secrets Operator that minds it'
      : 'several External Secrets Operators mind it'
  throw new Unread({ kind: store.kind, id: store.id, reason })
}
