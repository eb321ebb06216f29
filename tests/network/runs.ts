/** `MORTISE_RUNS` worlds of `probesPerWorld` questions in place of the few of everyday, `MORTISE_SEED` to see a failure again. */
export const probesPerWorld = 50
export const seed = Number(process.env['MORTISE_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
export const worldsOr = (everyday: number): number => Number(process.env['MORTISE_RUNS'] ?? everyday)

export function announce(what: string, worlds: number): void {
  process.stderr.write(`${what}: ${worlds} worlds, seed ${seed} (MORTISE_RUNS, MORTISE_SEED)\n`)
}

/** How often each pair of answers came out: a comparison in which everything is denied would prove little. */
export class Tally {
  readonly #counts = new Map<string, number>()
  add(key: string): void {
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1)
  }
  count(key: string): number {
    return this.#counts.get(key) ?? 0
  }
  print(what: string): void {
    process.stderr.write(`${what}: ${JSON.stringify(Object.fromEntries(this.#counts))}\n`)
  }
}
