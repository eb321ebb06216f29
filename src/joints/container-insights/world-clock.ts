import { Unread } from '#base/errors.ts'

/** The world's clock. */
interface Clock {
  readonly readAt: string | undefined
}

/** When the world was read, milliseconds since 1970. @throws Unread when nobody noted it */
export function readTime({ readAt }: Clock): number {
  if (readAt !== undefined) return Date.parse(readAt)
  throw new Unread({
    kind: 'mortise/World',
    reason: 'when the world was read is not noted, so how old something is nobody can tell',
    settle: { by: 'user', step: 'read it live, or write readAt in the header of the snapshot' },
  })
}

/** How many minutes something was ago when the world was read; endless for what has no time. @throws Unread as `readTime` */
export function minutesBefore(clock: Clock, time: string | number | undefined): number {
  const now = readTime(clock)
  return time === undefined ? Infinity : (now - (typeof time === 'number' ? time : Date.parse(time))) / 60_000
}

export const hours = (count: number): number => count * 60
