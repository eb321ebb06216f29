/** One thing of the cache that is built by itself, once, and found again by later runs. */
export interface Part {
  readonly name: string
  readonly isReady: () => boolean
  readonly build: () => Promise<void>
}
