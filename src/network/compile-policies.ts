import type { UnreadFact } from '#base/errors.ts'
import type { PolicyInput } from './input.ts'
import { applyChange } from './policies/apply-change.ts'
import { makeAnswers, type Answers } from './policies/answers.ts'
import { compileCluster, type CompiledCluster, type CompileOptions } from './policies/compile.ts'
import { makeMatrix } from './policies/matrix.ts'
import { answerPath, publishedDifference } from './policies/path.ts'
import { podClasses } from './policies/pod-classes.ts'
import { rowChanges } from './policies/row-changes.ts'
import { updateCompiled } from './policies/update.ts'
import { prepareForEdits } from './policies/update-pod.ts'
import { listsOf, readCluster } from './policies/read-cluster.ts'
import type { PodClass, PolicyChange, PolicyLayer, PolicyUpdate } from './policy-layer.ts'

/** Compiles the policies of a cluster as the engine that enforces them does. What was not read makes answers unknown, never allow. */
export const compilePolicies = (input: PolicyInput): PolicyLayer => layerOf(compileEnforced(input), input)

const enforced = new WeakMap<PolicyInput, CompiledCluster>()

/** The same, with what only this folder reads of it. An input is compiled once, whoever asks. */
export function compileEnforced(input: PolicyInput): CompiledCluster {
  const compiled = enforced.get(input) ?? compileAsEnforced(input)
  enforced.set(input, compiled)
  return compiled
}

function compileAsEnforced(input: PolicyInput): CompiledCluster {
  const engine = 'value' in input.engine ? input.engine.value : undefined
  const cluster = readCluster(input, engine, listsOf(engine))
  const compiled = compileCluster(cluster, {
    semantics: engine === 'upstream' ? 'upstream' : 'aws-vpc-cni',
    mode: engine === 'none' ? { value: 'standard' } : input.mode,
    doubt: doubtOf(input, cluster.missing),
  })
  prepareForEdits(compiled)
  return compiled
}

/** The same policies by their published semantics, whoever enforces them: what their author may expect. */
export function compilePublished(input: PolicyInput): CompiledCluster {
  const engine = 'value' in input.engine ? input.engine.value : undefined
  const cluster = enforced.get(input)?.cluster ?? readCluster(input, engine, listsOf(engine))
  return compileCluster(cluster, { semantics: 'upstream', mode: { value: 'standard' }, doubt: doubtOf(input, cluster.missing) })
}

function doubtOf({ engine }: PolicyInput, [first]: readonly UnreadFact[]): CompileOptions['doubt'] {
  if (first !== undefined) return { of: 'every pod', reason: `${first.kind} was not read: ${first.reason}`, fact: first }
  return 'unread' in engine
    ? { of: 'selected pods', reason: 'which engine enforces policies was not read', fact: engine.unread }
    : undefined
}

function layerOf(compiled: CompiledCluster, input: PolicyInput): PolicyLayer {
  const { cluster, classes, ports, addresses } = compiled
  const answers = makeAnswers(compiled)
  let published: Answers | undefined
  const readings = {
    input,
    beforeTranslation: compiled.engine === 'aws-vpc-cni',
    answers,
    published: cluster.engine === 'aws-vpc-cni' ? () => (published ??= makeAnswers(compilePublished(input))) : undefined,
  }
  let list: readonly PodClass[] | undefined
  const classList = () => (list ??= podClasses(compiled))
  return {
    engine: cluster.engine,
    get classes() {
      return classList()
    },
    ports,
    addresses,
    problems: cluster.problems,
    missing: cluster.missing,
    classOf: pod => classList()[classes.classOf.get(pod) ?? -1],
    ...answers,
    path: question => answerPath(readings, question),
    upstream: question => publishedDifference(readings, question),
    matrix: makeMatrix(compiled),
    update: change => update(compiled, input, change),
  }
}

function update(compiled: CompiledCluster, input: PolicyInput, change: PolicyChange): PolicyUpdate {
  const after = applyChange(input, change)
  const updated = updateCompiled(compiled, after, change)
  if (updated === undefined) return { layer: compilePolicies(after), everything: true, rows: [] }
  let rows: PolicyUpdate['rows'] | undefined
  return {
    layer: layerOf(updated.compiled, after),
    everything: false,
    get rows() {
      return (rows ??= rowChanges(compiled, updated.compiled, updated.touched))
    },
  }
}
