import type { Outcome } from '#findings/outcome.ts'
import type { Chain } from '#model/chain.ts'

const workload = /^([a-z]+\/[a-z0-9.-]+) in ([a-z0-9.-]+)$/i

/** The command that says more: the broken chain first, then what would settle an unknown, then a chain that holds, to see its proof. */
export function nextCommand(outcome: Outcome): string | undefined {
  const [finding] = outcome.findings
  const inState = (state: Chain['state']) => outcome.chains.filter(chain => chain.state === state).map(chain => chain.subject)
  if (finding !== undefined) {
    return firstExplain([...finding.workloads, finding.subject.text, ...inState('broken')]) ?? `mortise checks ${finding.check.id}`
  }
  if (outcome.unknowns.some(group => group.settle !== undefined && group.settle.by !== 'user')) return 'mortise permissions'
  return firstExplain([...inState('unknown'), ...inState('holds')])
}

/** Only plain names: the line is made to be pasted into a shell, and names come from input. */
function firstExplain(subjects: readonly string[]): string | undefined {
  for (const subject of subjects) {
    const [, name, namespace] = workload.exec(subject) ?? []
    if (name !== undefined) return `mortise explain ${name} -n ${namespace}`
  }
  return undefined
}
