import { Unread, type UnreadFact } from '#base/errors.ts'
import type { Kind } from '#model/kinds.ts'

/** What may be read, and why the rest could not: for the start of a chain, which is one even when not all of it is known. */
export function attempts() {
  const unread: { kind: Kind; fact: UnreadFact }[] = []
  const attempt = <T>(kind: Kind, ask: () => T | undefined): T | undefined => {
    try {
      return ask()
    } catch (error) {
      if (!(error instanceof Unread)) throw error
      unread.push({ kind, fact: error.fact })
      return undefined
    }
  }
  return { unread, attempt }
}
