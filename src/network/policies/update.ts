import type { Kinds } from '#model/kinds.ts'
import type { PolicyInput } from '../input.ts'
import type { PolicyChange } from '../policy-layer.ts'
import { selects, type Labels } from '../selector.ts'
import { selectionsOf, type CompiledCluster } from './compile.ts'
import { labelsOf } from './read-cluster.ts'
import { recompiled, type Updated } from './recompile.ts'
import { updatePod } from './update-pod.ts'
import { updatePolicy } from './update-policy.ts'

/**
 * The compiled cluster after one edit, without compiling what the edit does not concern. Undefined when it has to be compiled anew: it brings a port
 * name that no policy asked for before, tells pods of the host network apart, or meets one of the ways in which AWS's engine makes one pod hang on
 * another.
 */
export function updateCompiled(compiled: CompiledCluster, input: PolicyInput, change: PolicyChange): Updated | undefined {
  const { cluster, aws, crash } = compiled
  const isBlamed = cluster.problems.some(problem => problem.kind === change.kind && problem.id === change.id)
  if (crash !== undefined || isBlamed || cluster.missing.length > 0) return undefined
  if (change.kind === 'k8s/Pod') return updatePod(compiled, input, change)
  if (change.kind === 'k8s/Namespace') return updateNamespace(compiled, change)
  if (change.kind === 'k8s/Node' || (change.kind === 'k8s/Service' && aws !== undefined)) return undefined
  return updatePolicy(compiled, change)
}

/** Labels of a namespace: only policies that select namespaces by them are concerned. */
function updateNamespace(compiled: CompiledCluster, { id, after }: PolicyChange): Updated | undefined {
  const before = compiled.cluster.namespaces.get(id)
  if (after === undefined || before === undefined) return undefined
  const labels = labelsOf(after as Kinds['k8s/Namespace'])
  const namespaces = new Map(compiled.cluster.namespaces).set(id, labels)
  const columns = compiled.columns.with({ namespaces })
  const changed = new Set<number>()
  for (const [position, policy] of compiled.policies.entries()) {
    if (!selectionsOf([policy]).some(({ namespaces: selector }) => differs(selector, before, labels))) continue
    // Whom a policy of the cluster selects, and whether it stops the controller, hangs on namespaces too.
    if (policy.tier !== 'namespace') return undefined
    changed.add(position)
  }
  const cluster = { ...compiled.cluster, namespaces }
  const aws = compiled.aws && { ...compiled.aws, namespaces, columns }
  return recompiled({ ...compiled, cluster, aws, columns, classes: { ...compiled.classes, columns } }, changed)
}

const differs = (selector: Parameters<typeof selects>[0] | 'own', before: Labels, after: Labels): boolean =>
  selector !== 'own' && selects(selector, before) !== selects(selector, after)
