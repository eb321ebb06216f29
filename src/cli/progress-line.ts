import type { Progress } from '#base/progress.ts'

/** One line on stderr that overwrites itself, only on a terminal, and only for work that takes longer than a blink. */
export interface ProgressLine {
  readonly show: Progress
  clear(): void
}

const quietFor = 300
const every = 80

export function progressLine(stream: NodeJS.WriteStream, wanted: boolean): ProgressLine {
  if (!wanted || !stream.isTTY) return { show: () => undefined, clear: () => undefined }
  const began = performance.now()
  let last = 0
  let drawn = false
  return {
    show({ what, done, of }) {
      const now = performance.now()
      if (now - began < quietFor || now - last < every) return
      last = now
      drawn = true
      stream.write(`\r\u001b[K${what} ${done}${of === undefined ? '' : ` of ${of}`}`.slice(0, stream.columns))
    },
    clear() {
      if (drawn) stream.write('\r\u001b[K')
      drawn = false
    },
  }
}
