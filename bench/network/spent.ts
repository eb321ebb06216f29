/** Milliseconds of processor time: a busy machine must not count. */
export function spent(call: () => void): number {
  const start = process.cpuUsage()
  call()
  const { user, system } = process.cpuUsage(start)
  return (user + system) / 1000
}

export const least = (rounds: number, call: () => void): number => Math.min(...Array.from({ length: rounds }, () => spent(call)))

/** To three digits. */
export const round = (value: number): number => Number(value.toPrecision(3))
