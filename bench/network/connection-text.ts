/** Ports of one protocol, both ends included. */
export interface PortRun {
  readonly protocol: 'TCP' | 'UDP' | 'SCTP'
  readonly from: number
  readonly to: number
}

/** Equal sets of ports have equal texts: `TCP 80-90 443, UDP 53`, or `all`; of none an empty one. */
export function connectionText(runs: readonly PortRun[]): string {
  const texts = (['SCTP', 'TCP', 'UDP'] as const).flatMap(protocol => {
    const merged = mergeRuns(runs.filter(run => run.protocol === protocol))
    return merged.length === 0 ? [] : [`${protocol} ${merged.map(({ from, to }) => (from === to ? from : `${from}-${to}`)).join(' ')}`]
  })
  const text = texts.join(', ')
  return text === 'SCTP 1-65535, TCP 1-65535, UDP 1-65535' ? 'all' : text
}

function mergeRuns(runs: readonly PortRun[]): readonly PortRun[] {
  const merged: PortRun[] = []
  for (const run of runs.toSorted((a, b) => a.from - b.from)) {
    const last = merged.at(-1)
    if (last === undefined || run.from > last.to + 1) merged.push(run)
    else merged[merged.length - 1] = { ...last, to: Math.max(last.to, run.to) }
  }
  return merged
}
